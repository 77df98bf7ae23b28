// Plays a user of the editors in a real browser and looks at what the editors report.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const http = require('node:http');
const os = require('node:os');
const path = require('node:path');
const webpack = require('webpack');

const { launch, runSteps } = require('../chromium');
const { loadSelectors } = require('../selectors');
const config = require('./webpack.config');

const root = path.resolve(__dirname, '../..');
const results = path.join(root, 'test-results');
const icons = path.join(root, 'node_modules/@grafana/ui/dist/public');

function build(output) {
  return new Promise((resolve, reject) =>
    webpack(config(output), (err, stats) =>
      err || stats.hasErrors() ? reject(err ?? new Error(stats.toString('errors-only'))) : resolve()
    )
  );
}

const html = '<!doctype html><html lang="en"><title>Editors</title><div id="root"></div><script>window.grafanaBootData={settings:{},user:{},navTree:[]}</script><script src="/page.js"></script></html>';

function serve(output) {
  const server = http.createServer((req, res) => {
    const { pathname } = new URL(req.url, 'http://localhost');
    if (pathname === '/') {
      res.setHeader('Content-Type', 'text/html; charset=utf-8');
      res.end(html);
      return;
    }
    const icon = /\/img\/icons\/[\w/.-]+\.svg$/.exec(pathname);
    const file = icon ? path.join(icons, icon[0]) : path.join(output, path.basename(pathname));
    if (!fs.existsSync(file)) {
      res.statusCode = 404;
      res.end();
      return;
    }
    res.setHeader('Content-Type', icon ? 'image/svg+xml' : 'text/javascript; charset=utf-8');
    fs.createReadStream(file).pipe(res);
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

async function main() {
  const browser = await launch({ width: 1280, height: 1400 });
  if (!browser) {
    console.log('skipped: no chromium');
    return true;
  }
  const output = fs.mkdtempSync(path.join(os.tmpdir(), 'helpdesk-editors-'));
  let server;
  try {
    await build(output);
    server = await serve(output);
    const page = browser.context.pages()[0] ?? (await browser.context.newPage());
    page.setDefaultTimeout(10_000);
    const errors = [];
    page.on('pageerror', (err) => errors.push(String(err)));
    page.on('console', (message) => {
      if (message.type() === 'error' && !/404 \(Not Found\)/.test(message.text())) {
        errors.push(message.text());
      }
    });
    await page.goto(`http://127.0.0.1:${server.address().port}/`);
    fs.mkdirSync(results, { recursive: true });
    const shot = (name) => page.screenshot({ path: path.join(results, `editors-${name}.png`), fullPage: true });
    return await runSteps(steps(page, loadSelectors(), errors, shot), (name) => shot(`failed-${name.replace(/\W+/g, '-')}`));
  } finally {
    server?.close();
    await browser.close();
    fs.rmSync(output, { recursive: true, force: true });
  }
}

function steps(page, { config: c, query: q, variable: v }, errors, shot) {
  const inSection = (section, testId) => page.locator(`#${section}`).getByTestId(testId);
  const reported = (name) => page.evaluate((n) => window.reported[n], name);
  const runs = (name) => page.evaluate((n) => window.runs[n], name);
  const option = (label) => page.getByRole('option').filter({ has: page.getByText(label, { exact: true }) });

  /** Waits until the editor reported this, because some changes take their time to render. */
  async function reports(name, want) {
    const deadline = Date.now() + 5000;
    for (;;) {
      try {
        assert.deepEqual(await reported(name), want);
        return;
      } catch (err) {
        if (Date.now() > deadline) {
          throw err;
        }
        await page.waitForTimeout(50);
      }
    }
  }

  async function choose(section, testId, label) {
    await inSection(section, testId).click();
    await option(label).first().click();
  }

  async function enter(section, testId, text) {
    await inSection(section, testId).fill(text);
    await inSection(section, testId).press('Enter');
  }

  const base = { refId: 'A', version: 1, queryType: 'conversations' };
  const team = (operator, ...values) => ({ key: 'team', operator, values });

  return [
    [
      'an old query is shown in the current form and not run by itself',
      async () => {
        assert.equal(await inSection('query', q.type).inputValue(), 'Conversations');
        assert.equal(await inSection('query', q.search).inputValue(), 'refund');
        assert.equal(await inSection('query', q.filterKey(0)).inputValue(), 'team');
        assert.equal(await runs('query'), 0);
      },
    ],
    [
      'search',
      async () => {
        await enter('query', q.search, 'late parcel');
        await reports('query', { ...base, filters: [team('=', 'sales')], search: 'late parcel' });
        assert.equal(await runs('query'), 1);
      },
    ],
    [
      'filter: values completed from the labels, and typed ones',
      async () => {
        await choose('query', q.filterOperator(0), '!=');
        await choose('query', q.filterValues(0), 'support');
        // A list that loads loses keys that come faster than anybody types.
        await page.keyboard.type('$team', { delay: 60 });
        await option('$team').first().click();
        await page.keyboard.press('Escape');
        await reports('query', {
          ...base,
          filters: [team('!=', 'sales', 'support', '$team')],
          search: 'late parcel',
        });
      },
    ],
    [
      'filter: a second row counts when it is complete, and goes again',
      async () => {
        const before = await reported('query');
        const ran = await runs('query');
        await inSection('query', q.addFilter).click();
        await choose('query', q.filterKey(1), 'state');
        await reports('query', before);
        assert.equal(await runs('query'), ran);
        await choose('query', q.filterValues(1), 'open');
        await page.keyboard.press('Escape');
        await reports('query', {
          ...before,
          filters: [...before.filters, { key: 'state', operator: '=', values: ['open'] }],
        });
        await inSection('query', q.removeFilter(1)).click();
        await reports('query', before);
      },
    ],
    [
      'sort, order, limit, sample and seed',
      async () => {
        const before = await reported('query');
        await choose('query', q.sort, 'Rating');
        await page.locator('#query').getByRole('radio', { name: 'Ascending' }).click();
        await enter('query', q.limit, '5000');
        await enter('query', q.sample, '20');
        await enter('query', q.seed, '3');
        await reports('query', { ...before, sort: 'csat', order: 'asc', limit: 1000, sample: 20, seed: 3 });
        await shot('query');
      },
    ],
    [
      'another type: transcript',
      async () => {
        await choose('query', q.type, 'Transcript');
        await enter('query', q.conversation, ' 0abc ');
        await reports('query', { refId: 'A', version: 1, queryType: 'transcript', conversation: '0abc', limit: 1000 });
        assert.equal(await inSection('query', q.addFilter).count(), 0);
      },
    ],
    [
      'another type: heatmap with a time zone',
      async () => {
        await choose('query', q.type, 'Heatmap');
        await inSection('query', q.zone).click();
        await page.keyboard.type('Sao_Pau', { delay: 60 });
        await option('America/Sao_Paulo').click();
        await reports('query', { refId: 'A', version: 1, queryType: 'heatmap', zone: 'America/Sao_Paulo' });
      },
    ],
    [
      'the list of types has all of them, with descriptions',
      async () => {
        await inSection('query', q.type).click();
        assert.equal(await page.getByRole('option').count(), 8);
        await page.getByText('Like questions that got unlike answers').waitFor();
        await shot('types');
        await page.keyboard.press('Escape');
      },
    ],
    [
      'variable',
      async () => {
        await choose('variable', v.label, 'inbox');
        await reports('variable', { refId: 'V', label: 'inbox' });
        assert.equal(await runs('variable'), 1);
      },
    ],
    [
      'annotation',
      async () => {
        await page.locator('#annotation').getByText('Escalations', { exact: true }).click();
        await reports('annotation', { refId: 'Anno', version: 1, queryType: 'annotations', annotations: ['closings'] });
      },
    ],
    [
      'config: connection, token, role',
      async () => {
        await inSection('config', c.url).fill('localhost:9841');
        await page.getByText('The URL has to start with http://').waitFor();
        await inSection('config', c.url).fill('https://helpdesk.example.com:9841');
        assert.equal(await inSection('config', c.token).inputValue(), 'configured');
        await page.locator('#config').getByRole('button', { name: 'Reset' }).click();
        await inSection('config', c.token).fill('secret');
        assert.equal(await inSection('config', c.token).getAttribute('type'), 'password');
        await inSection('config', c.timeout).fill('30');
        await inSection('config', c.fullRole).getByRole('radio', { name: 'Editors' }).click();
        await page.getByText('Editors read personal data of customers').waitFor();
        await reports('config', {
          url: 'https://helpdesk.example.com:9841',
          readOnly: false,
          jsonData: { timeoutSeconds: 30, fullRole: 'Editor' },
          secureJsonFields: { token: false },
          secureJsonData: { token: 'secret' },
        });
      },
    ],
    [
      'config: TLS',
      async () => {
        for (const id of [c.withCACert, c.clientAuth]) {
          await page.locator(`label[for="${await inSection('config', id).getAttribute('id')}"]`).last().click();
        }
        await inSection('config', c.caCert).fill('CA');
        await inSection('config', c.clientCert).fill('CERT');
        await inSection('config', c.clientKey).fill('KEY');
        await inSection('config', c.serverName).fill('helpdesk.internal');
        const { jsonData, secureJsonData } = await reported('config');
        assert.deepEqual(jsonData, {
          timeoutSeconds: 30,
          fullRole: 'Editor',
          tlsAuthWithCACert: true,
          tlsAuth: true,
          serverName: 'helpdesk.internal',
        });
        assert.deepEqual(secureJsonData, {
          token: 'secret',
          tlsCACert: 'CA',
          tlsClientCert: 'CERT',
          tlsClientKey: 'KEY',
        });
        await shot('config');
      },
    ],
    ['no error in the console', async () => assert.deepEqual(errors, [])],
  ];
}

main().then(
  (passed) => process.exit(passed ? 0 : 1),
  (err) => {
    console.error(err);
    process.exit(1);
  }
);
