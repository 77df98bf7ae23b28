// What Grafana 12.2.0 shares with plugins and every later version still does. Three are not in the list on purpose:
// react/jsx-runtime is shared from 12.2.5 on only, @grafana/schema and @grafana/i18n differ between versions.
const shared = [
  'react',
  'react-dom',
  'rxjs',
  'rxjs/operators',
  'lodash',
  'moment',
  'i18next',
  '@emotion/css',
  '@emotion/react',
  '@grafana/data',
  '@grafana/runtime',
  '@grafana/ui',
  'redux',
  'react-redux',
  'react-router',
  'd3',
  'jquery',
  'slate',
  'slate-react',
  'prismjs',
];

module.exports = [...shared, { 'amd-module': 'module' }];
