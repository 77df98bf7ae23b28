// Checks the built module: Grafana has to find in it what it expects, and nothing that it shares with plugins.
const fs = require('node:fs');
const path = require('node:path');

const dist = path.join(__dirname, '../dist');
const failures = [];
const check = (ok, message) => ok || failures.push(message);

const code = fs.readFileSync(path.join(dist, 'module.js'), 'utf8');
const map = JSON.parse(fs.readFileSync(path.join(dist, 'module.js.map'), 'utf8'));
const plugin = JSON.parse(fs.readFileSync(path.join(dist, 'plugin.json'), 'utf8'));
const { version } = JSON.parse(fs.readFileSync(path.join(__dirname, '../package.json'), 'utf8'));

const define = /define\(\[([^\]]*)\]/.exec(code);
const imports = define ? define[1].split(',').map((name) => name.trim().replace(/^["']|["']$/g, '')) : [];
// Everything else has to be inside, and these are in every Grafana since 12.2.0.
const shared = ['@grafana/data', '@grafana/runtime', '@grafana/ui', 'module', 'react', 'rxjs'];

check(define, 'module.js is no AMD module');
for (const name of imports) {
  check(shared.includes(name), `module.js imports ${name}, which Grafana 12.2.0 may not have`);
}
check(imports.includes('react'), 'module.js does not take React from Grafana');
check(!code.includes('react/jsx-runtime'), 'module.js asks for react/jsx-runtime, which Grafana 12.2.0 does not have');
const bundled = map.sources.filter((source) => /node_modules\/(react|react-dom|scheduler|rxjs|@grafana\/(data|ui|runtime))\//.test(source));
check(bundled.length === 0, `module.js has libraries in it that Grafana shares: ${bundled.slice(0, 3).join(', ')}`);
check(map.sources.some((source) => source.endsWith('/datasource.ts')), 'module.js.map does not name our sources');
check(plugin.info.version === version, `plugin.json has version ${plugin.info.version}, package.json ${version}`);
check(/^\d{4}-\d\d-\d\d$/.test(plugin.info.updated), `plugin.json has no date but ${plugin.info.updated}`);
for (const logo of Object.values(plugin.info.logos)) {
  check(fs.existsSync(path.join(dist, logo)), `${logo} is missing`);
}

for (const message of failures) {
  console.error(`check-bundle: ${message}`);
}
if (failures.length > 0) {
  process.exit(1);
}
console.log(`check-bundle: ok, ${Math.round(code.length / 1024)} KiB, imports ${imports.join(', ')}`);
