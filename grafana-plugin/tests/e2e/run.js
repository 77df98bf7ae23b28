// The plugin in a real Grafana: GRAFANA_URL says where it runs, with the plugin installed; EXPORTER_URL and
// EXPORTER_TOKEN say what the data source talks to, as seen from Grafana's server. The exporter has to hold some
// conversations of the last day. What the suite creates it removes again.
const assert = require('node:assert/strict');
const fs = require('node:fs');
const path = require('node:path');

const { launch, runSteps } = require('../chromium');
const { loadSelectors } = require('../selectors');

const TYPE = 'helpdesk-transcripts-datasource';
const results = path.join(__dirname, '../../test-results');
const env = process.env;

async function main() {
  if (!env.GRAFANA_URL) {
    console.log('skipped: GRAFANA_URL is not set');
    return true;
  }
  const browser = await launch();
  if (!browser) {
    console.log('skipped: no chromium');
    return true;
  }
  const suite = new Suite(browser.context, {
    grafana: env.GRAFANA_URL.replace(/\/$/, ''),
    user: env.GRAFANA_USER || 'admin',
    password: env.GRAFANA_PASSWORD || 'admin',
    exporter: env.EXPORTER_URL || 'http://localhost:9841',
    token: env.EXPORTER_TOKEN || '',
  });
  try {
    await suite.start();
    fs.mkdirSync(results, { recursive: true });
    return await runSteps(suite.steps(), (name) => suite.shot(`failed-${name.replace(/\W+/g, '-')}`));
  } finally {
    await suite.cleanUp();
    await browser.close();
  }
}

class Suite {
  constructor(context, options) {
    this.context = context;
    this.options = options;
    // Names of their own, so that two runs against one Grafana do not meet.
    this.uid = `helpdesk-e2e-${process.pid}`;
    this.formName = `Helpdesk form ${process.pid}`;
    this.selectors = loadSelectors();
    this.conversation = undefined;
  }

  async start() {
    this.page = this.context.pages()[0] ?? (await this.context.newPage());
    this.page.setDefaultTimeout(30_000);
    const { user, password } = this.options;
    await this.api('POST', '/login', { user, password });
  }

  async cleanUp() {
    await this.api('DELETE', `/api/datasources/uid/${this.uid}`).catch(() => undefined);
    await this.api('DELETE', `/api/datasources/name/${encodeURIComponent(this.formName)}`).catch(() => undefined);
    await this.api('DELETE', `/api/dashboards/uid/${this.uid}`).catch(() => undefined);
  }

  async api(method, pathname, data) {
    const response = await this.context.request.fetch(this.options.grafana + pathname, { method, data });
    const body = await response.text();
    assert.ok(response.ok(), `${method} ${pathname}: ${response.status()} ${body.slice(0, 500)}`);
    return body.startsWith('{') || body.startsWith('[') ? JSON.parse(body) : body;
  }

  shot(name) {
    return this.page.screenshot({ path: path.join(results, `e2e-${name}.png`) });
  }

  ref() {
    return { type: TYPE, uid: this.uid };
  }

  /** Opens a page and waits for the answer to the query that fits. */
  async answerTo(fits, action) {
    const isOurs = (request) => {
      if (!request.url().includes('/query') || request.method() !== 'POST') {
        return false;
      }
      const { queries } = request.postDataJSON() ?? {};
      return Array.isArray(queries) && queries.some(fits);
    };
    const [response] = await Promise.all([this.page.waitForResponse((r) => isOurs(r.request())), action()]);
    const body = await response.json();
    const query = response.request().postDataJSON().queries.find(fits);
    const result = body.results?.[query.refId];
    assert.ok(result && !result.error, `query ${JSON.stringify(query)}: ${JSON.stringify(result ?? body).slice(0, 500)}`);
    return { query, frames: result.frames ?? [] };
  }

  openExplore(query, from = 'now-24h') {
    const panes = {
      a: { datasource: this.uid, queries: [{ refId: 'A', datasource: this.ref(), ...query }], range: { from, to: 'now' } },
    };
    const address = `/explore?schemaVersion=1&orgId=1&panes=${encodeURIComponent(JSON.stringify(panes))}`;
    return this.page.goto(this.options.grafana + address);
  }

  async findConversation() {
    if (!this.conversation) {
      const now = Date.now();
      const query = { refId: 'A', version: 1, queryType: 'messages', limit: 1, datasource: this.ref() };
      const { results: answers } = await this.api('POST', '/api/ds/query', {
        from: String(now - 24 * 3600 * 1000),
        to: String(now),
        queries: [query],
      });
      const frame = answers.A.frames?.[0];
      const column = frame?.schema.fields.findIndex((f) => f.name === 'conversation') ?? -1;
      this.conversation = frame?.data.values[column]?.[0];
      assert.ok(this.conversation, 'the exporter has no messages of the last 24 hours');
    }
    return this.conversation;
  }

  steps() {
    const { config: c, query: q } = this.selectors;
    const byId = (id) => this.page.getByTestId(id);
    const current = { version: 1 };

    return [
      [
        'add the data source by the HTTP API',
        async () => {
          await this.api('POST', '/api/datasources', {
            uid: this.uid,
            name: `Helpdesk API ${process.pid}`,
            type: TYPE,
            access: 'proxy',
            url: this.options.exporter,
            jsonData: { fullRole: 'Admin' },
            secureJsonData: { token: this.options.token },
          });
          const health = await this.api('GET', `/api/datasources/uid/${this.uid}/health`);
          assert.equal(health.status, 'OK', JSON.stringify(health));
        },
      ],
      [
        'add the data source through the form',
        async () => {
          await this.page.goto(`${this.options.grafana}/connections/datasources/new`);
          await this.page.getByRole('button', { name: /Helpdesk Transcripts/ }).first().click();
          await this.page.locator('#basic-settings-name').fill(this.formName);
          await byId(c.url).fill(this.options.exporter);
          await byId(c.token).fill(this.options.token);
          const [health] = await Promise.all([
            this.page.waitForResponse((r) => /\/api\/datasources\/.*\/health$/.test(new URL(r.url()).pathname)),
            this.page.getByTestId('data-testid Data source settings page Save and Test button').click(),
          ]);
          const { status, message } = await health.json();
          assert.equal(status, 'OK', message);
          const alert = this.page.getByTestId('data-testid Data source settings page Alert');
          await alert.waitFor();
          assert.ok((await alert.innerText()).includes(message), await alert.innerText());
          await this.shot('form');
          const saved = await this.api('GET', `/api/datasources/name/${encodeURIComponent(this.formName)}`);
          assert.equal(saved.url, this.options.exporter);
          assert.equal(Boolean(saved.secureJsonFields.token), this.options.token !== '');
        },
      ],
      ...['conversations', 'escalations', 'audits', 'discrepancies', 'heatmap'].map((queryType) => [
        `Explore: ${queryType}`,
        async () => {
          const { query, frames } = await this.answerTo(
            (f) => f.queryType === queryType,
            () => this.openExplore({ ...current, queryType })
          );
          assert.ok(frames.length > 0, 'no frame');
          if (queryType === 'heatmap') {
            assert.ok(query.zone, 'the time zone of the page was not sent');
          }
          await byId(q.type).waitFor();
          await this.shot(queryType);
        },
      ]),
      [
        'Explore: messages with their volume',
        async () => {
          const volume = this.page.waitForResponse(
            (r) => r.request().postData()?.includes('"log-volume-A"') && r.request().method() === 'POST'
          );
          volume.catch(() => undefined);
          const { frames } = await this.answerTo(
            (f) => f.queryType === 'messages',
            () => this.openExplore({ ...current, queryType: 'messages' })
          );
          assert.deepEqual(frames[0].schema.fields.slice(0, 2).map((f) => f.name), ['timestamp', 'body']);
          const { results: answers } = await (await volume).json();
          assert.ok(answers['log-volume-A'] && !answers['log-volume-A'].error, JSON.stringify(answers).slice(0, 500));
          await this.page.getByText('Logs volume').first().waitFor();
          await this.shot('messages');
        },
      ],
      [
        'Explore: transcript',
        async () => {
          const conversation = await this.findConversation();
          const { frames } = await this.answerTo(
            (f) => f.queryType === 'transcript',
            () => this.openExplore({ ...current, queryType: 'transcript', conversation })
          );
          assert.ok(frames[0].data.values[0].length > 0, 'no message');
          await this.shot('transcript');
        },
      ],
      [
        'Explore: the editor runs a query',
        async () => {
          await this.answerTo(
            (f) => f.queryType === 'conversations',
            () => this.openExplore({ ...current, queryType: 'conversations' })
          );
          const { query } = await this.answerTo(
            (f) => f.search === 'zzz',
            async () => {
              await byId(q.search).fill('zzz');
              await byId(q.search).press('Enter');
            }
          );
          assert.equal(query.queryType, 'conversations');
        },
      ],
      [
        "an exemplar's link shows the transcript",
        async () => {
          const conversation = await this.findConversation();
          const { query, frames } = await this.answerTo(
            (f) => f.conversation === conversation || f.query === conversation,
            () => this.openExplore({ queryType: 'traceql', query: conversation })
          );
          assert.equal(query.queryType, 'transcript');
          assert.ok(frames[0].data.values[0].length > 0, 'no message');
          assert.equal(await byId(q.type).inputValue(), 'Transcript');
          assert.equal(await byId(q.conversation).inputValue(), conversation);
          await this.shot('exemplar');
        },
      ],
      [
        'a dashboard shows the transcript of the conversation in its link',
        async () => {
          const conversation = await this.findConversation();
          await this.api('POST', '/api/dashboards/db', {
            dashboard: {
              uid: this.uid,
              title: `Transcript ${process.pid}`,
              schemaVersion: 42,
              time: { from: 'now-24h', to: 'now' },
              templating: { list: [{ name: 'conversation', type: 'textbox', query: '' }] },
              panels: [
                {
                  id: 1,
                  type: 'logs',
                  title: 'Transcript',
                  gridPos: { x: 0, y: 0, w: 24, h: 12 },
                  datasource: this.ref(),
                  targets: [
                    {
                      ...current,
                      refId: 'A',
                      datasource: this.ref(),
                      queryType: 'transcript',
                      conversation: '$conversation',
                    },
                  ],
                },
              ],
            },
            overwrite: true,
          });
          const { query, frames } = await this.answerTo(
            (f) => f.queryType === 'transcript',
            () => this.page.goto(`${this.options.grafana}/d/${this.uid}?var-conversation=${conversation}`)
          );
          assert.equal(query.conversation, conversation);
          assert.ok(frames[0].data.values[0].length > 0, 'no message');
          await this.shot('dashboard');
        },
      ],
      [
        'live tail subscribes to the channel of the answer',
        async () => {
          const sent = [];
          this.page.on('websocket', (ws) => ws.on('framesent', ({ payload }) => sent.push(String(payload))));
          await this.answerTo(
            (f) => f.queryType === 'messages',
            () => this.openExplore({ ...current, queryType: 'messages' }, 'now-1h')
          );
          const { frames } = await this.answerTo(
            (f) => f.live === true,
            () => this.page.getByRole('button', { name: 'Live', exact: true }).click()
          );
          const channel = frames.find((f) => f.schema.meta?.channel)?.schema.meta.channel;
          assert.ok(channel?.startsWith(`ds/${this.uid}/`), `channel ${channel}`);
          const deadline = Date.now() + 10_000;
          while (!sent.some((payload) => payload.includes(channel))) {
            assert.ok(Date.now() < deadline, `no subscription to ${channel}`);
            await this.page.waitForTimeout(100);
          }
          await this.shot('live');
        },
      ],
    ];
  }
}

main().then(
  (passed) => process.exit(passed ? 0 : 1),
  (err) => {
    console.error(err);
    process.exit(1);
  }
);
