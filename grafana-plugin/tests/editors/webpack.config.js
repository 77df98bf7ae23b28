// A page with the editors and the real packages of Grafana, all in one bundle.
const path = require('node:path');

const plugin = require('../../.config/webpack/webpack.config')();

module.exports = (output) => ({
  mode: 'development',
  devtool: false,
  context: __dirname,
  entry: './page.tsx',
  target: 'web',
  output: { path: output, filename: 'page.js', chunkFilename: '[name].js' },
  module: {
    rules: [
      ...plugin.module.rules,
      { test: /\.css$/, type: 'asset/source' },
      { test: /\.mjs$/, resolve: { fullySpecified: false } },
    ],
  },
  resolve: {
    ...plugin.resolve,
    extensions: [...plugin.resolve.extensions, '.mjs'],
    alias: {
      // Megabytes that no editor here shows.
      'monaco-editor': false,
      ol: false,
    },
  },
  ignoreWarnings: [/./],
  performance: { hints: false },
  infrastructureLogging: { level: 'error' },
  plugins: [],
  stats: 'errors-only',
  cache: false,
  snapshot: { managedPaths: [path.resolve(__dirname, '../../node_modules')] },
});
