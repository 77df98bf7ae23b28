// The build follows the webpack configuration of @grafana/create-plugin: AMD output, the libraries that Grafana
// shares as externals, the public path from the AMD module, and a source map. Node strips no types before version 22,
// hence the code itself is in webpack.config.js beside this file, and this one is for tools that look for the usual name.
export { default } from './webpack.config.js';
