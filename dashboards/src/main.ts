// Writes every dashboard in every language: <language>/<name>.json.
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { assemble, Board } from './kit.js';
import { faults, languages, speak } from './words.js';
import { wall } from './wall.js';
import { overview } from './overview.js';
import { queue } from './queue.js';
import { agents } from './agents.js';
import { bot } from './bot.js';
import { requests } from './requests.js';
import { quality } from './quality.js';
import { exporter } from './exporter.js';

/** A dashboard is a file and a line here. */
const boards: Record<string, () => Board> = { wall, overview, queue, agents, bot, requests, quality, exporter };

const target = process.argv[2] ?? '.';
for (const language of languages) {
  speak(language);
  const dir = join(target, language);
  rmSync(dir, { recursive: true, force: true });
  mkdirSync(dir, { recursive: true });
  for (const [name, board] of Object.entries(boards)) {
    writeFileSync(join(dir, `${name}.json`), JSON.stringify(assemble(board(), language), null, 2) + '\n');
  }
}
const wrong = faults();
if (wrong.length > 0) {
  console.error(wrong.join('\n'));
  process.exit(1);
}
