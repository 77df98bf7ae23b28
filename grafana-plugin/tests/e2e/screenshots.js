// The pictures of src/img, taken from a real Grafana: GRAFANA_URL says where it runs, EXPORTER_URL what it asks. The
// exporter has to be that of `helpdesk-exporter demo --helpdesk`, whose customers are invented.
const path = require('node:path');

const { launch } = require('../chromium');

const TYPE = 'helpdesk-transcripts-datasource';
const env = process.env;
const images = path.join(__dirname, '../../src/img');

async function main() {
  if (!env.GRAFANA_URL) {
    console.log('skipped: GRAFANA_URL is not set');
    return;
  }
  const browser = await launch({ width: 1400, height: 1000 });
  if (!browser) {
    console.log('skipped: no chromium');
    return;
  }
  const grafana = env.GRAFANA_URL.replace(/\/$/, '');
  const exporter = env.EXPORTER_URL || 'http://localhost:9841';
  const uid = `helpdesk-pictures-${process.pid}`;
  const { context } = browser;
  const call = async (method, pathname, data) => {
    const response = await context.request.fetch(grafana + pathname, { method, data });
    if (!response.ok()) {
      throw new Error(`${method} ${pathname}: ${response.status()}`);
    }
  };
  try {
    const page = context.pages()[0] ?? (await context.newPage());
    await call('POST', '/login', { user: env.GRAFANA_USER || 'admin', password: env.GRAFANA_PASSWORD || 'admin' });
    await call('POST', '/api/datasources', {
      uid,
      name: 'Helpdesk',
      type: TYPE,
      access: 'proxy',
      url: exporter,
      jsonData: { fullRole: '' },
      secureJsonData: { token: env.EXPORTER_TOKEN || 'none' },
    });
    const headers = { Authorization: `Bearer ${env.EXPORTER_TOKEN || 'none'}` };
    const first = async (query) => {
      const response = await fetch(`${exporter}/api/v1/conversations?limit=1&${query}`, { headers });
      return (await response.json()).conversations?.[0]?.id;
    };
    const shoot = async (name, query) => {
      const panes = {
        a: { datasource: uid, queries: [{ refId: 'A', datasource: { type: TYPE, uid }, version: 1, ...query }], range: { from: 'now-12h', to: 'now' } },
      };
      await page.goto(`${grafana}/explore?schemaVersion=1&orgId=1&panes=${encodeURIComponent(JSON.stringify(panes))}`);
      await page.waitForLoadState('networkidle');
      // The menu takes a quarter of the width.
      const menu = page.getByRole('button', { name: /Undock menu/ });
      if (await menu.isVisible().catch(() => false)) {
        await menu.click();
      }
      await page.waitForTimeout(1500);
      await page.screenshot({ path: path.join(images, `${name}.png`) });
      console.log(`${name}.png`);
    };
    const told = await first('escalated=unanswered&audit_rule=any&closed_by=human&sort=first_response');
    await shoot('transcript', { queryType: 'transcript', conversation: told ?? (await first('state=closed')) });
    await shoot('conversations', {
      queryType: 'conversations',
      filters: [{ key: 'csat', operator: '=', values: ['bad'] }],
      sort: 'first_response',
    });
    await shoot('messages', { queryType: 'messages', search: 'boleto' });
    await page.goto(`${grafana}/connections/datasources/edit/${uid}`);
    await page.waitForLoadState('networkidle');
    await page.waitForTimeout(1500);
    await page.screenshot({ path: path.join(images, 'settings.png') });
    console.log('settings.png');
  } finally {
    await call('DELETE', `/api/datasources/uid/${uid}`).catch(() => undefined);
    await browser.close();
  }
}

main().catch((err) => {
  console.error(err);
  process.exit(1);
});
