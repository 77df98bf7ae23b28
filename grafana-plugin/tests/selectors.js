const path = require('node:path');

/** The data-testid values, out of the TypeScript source that the components use. */
function loadSelectors() {
  const { code } = require('@swc/core').transformFileSync(path.join(__dirname, '../src/selectors.ts'), {
    jsc: { parser: { syntax: 'typescript' } },
    module: { type: 'commonjs' },
  });
  const module = { exports: {} };
  new Function('module', 'exports', code)(module, module.exports);
  return module.exports.selectors;
}

module.exports = { loadSelectors };
