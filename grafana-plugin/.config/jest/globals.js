const { TextDecoder, TextEncoder } = require('node:util');

// jsdom draws and measures nothing, and lacks what the parts of @grafana/ui expect of a browser.
Object.assign(globalThis, { TextDecoder, TextEncoder });
globalThis.ResizeObserver = class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
globalThis.IntersectionObserver = class {
  observe() {}
  unobserve() {}
  disconnect() {}
};
globalThis.matchMedia = (media) => ({
  media,
  matches: false,
  addListener() {},
  removeListener() {},
  addEventListener() {},
  removeEventListener() {},
});
HTMLCanvasElement.prototype.getContext = () => ({ measureText: (text) => ({ width: text.length * 8 }) });
Element.prototype.scrollTo = () => {};
// The lists of Combobox render only as many options as have room in them.
Element.prototype.getBoundingClientRect = () => ({
  x: 0,
  y: 0,
  top: 0,
  left: 0,
  bottom: 600,
  right: 400,
  width: 400,
  height: 600,
  toJSON: () => '',
});
for (const [name, value] of [
  ['offsetWidth', 400],
  ['offsetHeight', 600],
  ['clientWidth', 400],
  ['clientHeight', 600],
]) {
  Object.defineProperty(HTMLElement.prototype, name, { configurable: true, get: () => value });
}
// i18next advertises itself there.
console.info = () => {};
// jsdom matches an element against every rule of every style sheet for it, which took most of the time of the tests.
globalThis.getComputedStyle = (element) => element.style;
