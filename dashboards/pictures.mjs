// The pictures of docs/images, taken from a real Grafana with the dashboards of this folder: GRAFANA_URL and
// GRAFANA_PASSWORD say where it runs (`make stack` prints both), LANGUAGE which language it speaks [en].
// The browser and its driver are those of the plugin's tests.
import { createRequire } from 'node:module';
import path from 'node:path';

const require = createRequire(new URL('../grafana-plugin/package.json', import.meta.url));
const { launch } = require('./tests/chromium.js');

const env = process.env;
const out = env.PICTURES || path.join(import.meta.dirname ?? '.', '../docs/images/dashboards');
const grafana = (env.GRAFANA_URL || 'http://127.0.0.1:3000').replace(/\/$/, '');
const language = env.LANGUAGE_OF_DASHBOARDS || 'en';
const only = process.argv.slice(2);

const heights = { wall: 1080, overview: 1420, queue: 1560, agents: 1920, bot: 1330, requests: 1370, quality: 2260, exporter: 2040 };

const browser = await launch({ width: 1920, height: 1080 });
if (!browser) {
  console.log('skipped: no chromium');
  process.exit(0);
}
const page = browser.context.pages()[0] ?? (await browser.context.newPage());
const call = async (method, where, data) => {
  const r = await browser.context.request.fetch(grafana + where, { method, data });
  if (!r.ok()) throw new Error(`${method} ${where}: ${r.status()}`);
  return r.json();
};
try {
  await call('POST', '/login', { user: 'admin', password: env.GRAFANA_PASSWORD || 'admin' });
  // The wall is photographed without an exporter too.
  const found = only.length > 0 && !only.includes('quality') ? { results: { A: {} } } : await call('POST', '/api/ds/query', {
    from: 'now-1d',
    to: 'now',
    queries: [{ refId: 'A', datasource: { type: 'helpdesk-transcripts-datasource', uid: 'helpdesk-transcripts' }, version: 1, queryType: 'conversations', sort: 'first_response', order: 'desc', limit: 1 }],
  });
  const conversation = found.results.A.frames?.[0]?.data?.values?.[1]?.[0] ?? '';
  for (const [name, height] of Object.entries(heights)) {
    if (only.length > 0 && !only.includes(name)) continue;
    await page.setViewportSize({ width: 1920, height });
    const query = name === 'wall' ? 'kiosk&autofitpanels&_dash.hideTimePicker&_dash.hideVariables&_dash.hideLinks' : `kiosk=1&var-conversation=${conversation}${name === 'exporter' ? '&from=now-15m&to=now' : ''}`;
    await page.goto(`${grafana}/d/helpdesk-${name}?${query}&theme=${env.THEME || 'dark'}`);
    await page.waitForLoadState('networkidle').catch(() => {});
    await page.waitForTimeout(4000);
    await page.screenshot({ path: path.join(out, `${name}${language === 'en' ? '' : `.${language}`}.png`) });
    console.log(name);
  }
} finally {
  await browser.close();
}
