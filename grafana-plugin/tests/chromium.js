const fs = require('node:fs');
const os = require('node:os');
const path = require('node:path');
const { chromium } = require('playwright-core');

const executablePath = process.env.CHROMIUM || '/usr/bin/chromium';

/** Starts Debian's browser with a profile of its own; nothing where there is no browser. */
async function launch(viewport = { width: 1280, height: 1000 }) {
  if (!fs.existsSync(executablePath)) {
    return undefined;
  }
  const profile = fs.mkdtempSync(path.join(os.tmpdir(), 'helpdesk-chromium-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--no-first-run',
    ],
  });
  return {
    context,
    close: async () => {
      await context.close();
      fs.rmSync(profile, { recursive: true, force: true });
    },
  };
}

/** Runs the steps in their order, each with a line of output; the result tells whether all passed. */
async function runSteps(steps, onFailure) {
  let failed = 0;
  for (const [name, step] of steps) {
    const start = Date.now();
    try {
      await step();
      console.log(`ok      ${name} (${Date.now() - start} ms)`);
    } catch (err) {
      failed++;
      console.log(`FAILED  ${name}\n${err.stack ?? err}`);
      await onFailure?.(name).catch(() => undefined);
    }
  }
  console.log(`${steps.length - failed} of ${steps.length} passed`);
  return failed === 0;
}

module.exports = { launch, runSteps };
