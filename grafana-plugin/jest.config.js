// Packages that are published as ES modules only have to be compiled for jest.
const esModules = [
  '@grafana/schema',
  '.*\\.mjs$',
  'd3(-[a-z-]+)?',
  'delaunator',
  'robust-predicates',
  'internmap',
  'marked',
  'ol',
  'rxjs',
  'uuid',
  'react-calendar',
  'get-user-locale',
  'memoize',
  'mimic-function',
  'date-fns',
  'lodash-es',
  'react-colorful',
  'yocto-queue',
  'nanoid',
  '@wojtekmaj',
].join('|');

module.exports = {
  testEnvironment: 'jsdom',
  roots: ['<rootDir>/src'],
  setupFiles: ['<rootDir>/.config/jest/globals.js'],
  setupFilesAfterEnv: ['<rootDir>/.config/jest/setup.js'],
  transform: {
    '^.+\\.(t|j|mj)sx?$': [
      '@swc/jest',
      {
        sourceMaps: 'inline',
        jsc: {
          target: 'es2022',
          parser: { syntax: 'typescript', tsx: true },
          transform: { react: { runtime: 'classic' } },
        },
      },
    ],
  },
  transformIgnorePatterns: [`/node_modules/(?!(${esModules})/)`],
  moduleNameMapper: {
    '\\.(css|scss)$': '<rootDir>/.config/jest/empty.js',
    '^react-inlinesvg$': '<rootDir>/.config/jest/inlinesvg.js',
  },
};
