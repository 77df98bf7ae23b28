const fs = require('node:fs');
const path = require('node:path');
const CopyPlugin = require('copy-webpack-plugin');
const VirtualModulesPlugin = require('webpack-virtual-modules');

const externals = require('./externals');

const root = path.resolve(__dirname, '../..');
const read = (file) => JSON.parse(fs.readFileSync(path.join(root, file), 'utf8'));
const { id } = read('src/plugin.json');
const { version } = read('package.json');

const today = () => {
  const epoch = process.env.SOURCE_DATE_EPOCH;
  return new Date(epoch ? Number(epoch) * 1000 : Date.now()).toISOString().slice(0, 10);
};
const fill = (content) =>
  content.toString().replaceAll('%VERSION%', version).replaceAll('%TODAY%', today()).replaceAll('%PLUGIN_ID%', id);

// Plugins are served from a path that only the running Grafana knows, and a chunk has to be found there.
const publicPath = new VirtualModulesPlugin({
  [path.join(root, 'node_modules/grafana-public-path.js')]: `
import amdMetaModule from 'amd-module';
__webpack_public_path__ =
  amdMetaModule && amdMetaModule.uri
    ? amdMetaModule.uri.slice(0, amdMetaModule.uri.lastIndexOf('/') + 1)
    : 'public/plugins/${id}/';
`,
});

/** @returns {import('webpack').Configuration} */
module.exports = (env = {}) => ({
  mode: env.development ? 'development' : 'production',
  context: path.join(root, 'src'),
  entry: { module: ['grafana-public-path', './module.ts'] },
  devtool: 'source-map',
  target: ['web', 'es2018'],
  externals,
  module: {
    rules: [
      {
        test: /\.tsx?$/,
        exclude: /node_modules/,
        use: {
          loader: 'swc-loader',
          options: {
            jsc: {
              target: 'es2018',
              parser: { syntax: 'typescript', tsx: true },
              transform: { react: { runtime: 'classic' } },
            },
          },
        },
      },
    ],
  },
  output: {
    path: path.join(root, 'dist'),
    filename: '[name].js',
    library: { type: 'amd' },
    publicPath: `public/plugins/${id}/`,
    uniqueName: id,
    // The binaries and the manifest of the Go sources are made by another build.
    clean: { keep: /^(gpx_.*|go_plugin_build_manifest)$/ },
  },
  plugins: [
    publicPath,
    new CopyPlugin({
      patterns: [
        { from: 'plugin.json', transform: fill },
        { from: '{README,CHANGELOG}.md', context: root, transform: fill, noErrorOnMissing: true },
        { from: 'LICENSE', context: root, to: '[name]', noErrorOnMissing: true },
        { from: 'img/**/*' },
        { from: 'dashboards/**/*.json', noErrorOnMissing: true },
      ],
    }),
  ],
  resolve: {
    extensions: ['.ts', '.tsx', '.js'],
    modules: [path.join(root, 'node_modules'), 'node_modules'],
    // An installed set may be linked in from another checkout.
    symlinks: false,
  },
  performance: { hints: false },
});
