/* Making elements without markup in strings. */

const SVG = 'http://www.w3.org/2000/svg';

/* h('p', {class: 'x', onclick: f}, 'text', node, null, [more]). null, false and undefined children are left out;
 * a property named on… is a listener, one that is false or null is left out. */
export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

const PATHS = {
  close: 'M6 6l12 12M18 6L6 18',
  check: 'M5 12.5l4.5 4.5L19 7.5',
  minus: 'M6 12h12',
  plus: 'M6 12h12M12 6v12',
  close: 'M6 6l12 12M18 6L6 18',
  back: 'M14.5 5.5L8 12l6.5 6.5',
  lock: 'M7 11V8.5C7 5.5 9 4 12 4s5 1.5 5 4.5V11M5 11h14v9H5z',
};

/* A decorative line icon of 20 px. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  const path = document.createElementNS(SVG, 'path');
  const set = (node, attributes) => Object.entries(attributes).forEach(([key, value]) => node.setAttribute(key, value));
  set(svg, { viewBox: '0 0 24 24', width: 20, height: 20, 'aria-hidden': 'true', focusable: 'false' });
  set(path, { d: PATHS[name], fill: 'none', stroke: 'currentColor', 'stroke-width': 2, 'stroke-linecap': 'round', 'stroke-linejoin': 'round' });
  svg.append(path);
  return svg;
}

let ids = 0;

/* An id no other element has. */
export const uid = (prefix) => `${prefix}-${++ids}`;

/* Says `text` to those who listen instead of looking. The same words twice are said twice. */
export function announce(text) {
  const live = document.getElementById('live');
  live.textContent = '';
  setTimeout(() => { live.textContent = text; }, 60);
}

/* A short message at the edge of the window; `link` is {text, href}. */
export function toast(text, link) {
  const box = document.getElementById('toasts');
  const item = h('p', { class: 'toast' }, icon('check'), h('span', null, text), link && h('a', { href: link.href }, link.text));
  box.replaceChildren(item);
  setTimeout(() => item.remove(), link ? 8000 : 4000);
}
