/* The address after "#" says which view is shown: "#/products/123?x=y". One view at a time; leaving one stops what it still waits for. */

import { announce, h } from './dom.js';
import { Problem } from './api.js';
import { failure } from './parts.js';

const SHOP = 'souk demo shop';

const main = document.getElementById('main');
const places = new Map(); // history entry → how far it was scrolled
let routes = [];
let leave = new AbortController();
let entry = 0;
let first = true;

/* Where we are: {path, query}. */
export function here() {
  const [path, query] = location.hash.replace(/^#/, '').split('?');
  return { path: path || '/', query: new URLSearchParams(query ?? '') };
}

export const go = (hash) => { location.hash = hash; };

/* As `go`, leaving no way back to where we were. */
export function goInstead(hash) {
  history.replaceState(null, '', hash);
  show();
}

/* Shows the present view anew. */
export function again() {
  show();
}

function find(path) {
  for (const [pattern, view] of routes) {
    const match = path.match(pattern);
    if (match) return { view, parameters: match.slice(1).map(decodeURIComponent) };
  }
  return null;
}

/* What a view is given: where to put its nodes and how it is called. After it was left, both do nothing. */
function page(signal, query, parameters, restore) {
  const put = (...nodes) => {
    if (signal.aborted) return;
    main.replaceChildren(...nodes.flat().filter(Boolean));
  };
  const title = (text) => {
    if (signal.aborted) return;
    document.title = text ? `${text} · ${SHOP}` : SHOP;
  };
  const ready = (focus = true) => {
    if (signal.aborted) return;
    main.removeAttribute('aria-busy');
    if (focus && !first) (main.querySelector('h1') ?? main).focus({ preventScroll: true });
    first = false;
    scrollTo(0, restore ?? 0);
  };
  return { main, put, title, ready, signal, query, parameters };
}

async function show() {
  leave.abort();
  leave = new AbortController();
  const { signal } = leave;
  const returning = history.state?.entry;
  const restore = returning === undefined ? 0 : places.get(returning);
  entry = returning ?? Date.now();
  if (returning === undefined) history.replaceState({ entry }, '');
  const { path, query } = here();
  const found = find(path);
  const made = page(signal, query, found.parameters, restore);
  main.setAttribute('aria-busy', 'true');
  dispatchEvent(new CustomEvent('souk:view', { detail: { path, query } }));
  try {
    await found.view(made);
  } catch (error) {
    if (signal.aborted) return;
    if (!(error instanceof Problem)) throw error;
    made.title('That did not work');
    made.put(failure(error, again));
    made.ready();
  }
}

/* `table`: rows of [pattern, view], the last of which matches anything. */
export function start(table) {
  routes = table;
  history.scrollRestoration = 'manual';
  addEventListener('scroll', () => places.set(entry, scrollY), { passive: true });
  addEventListener('hashchange', show);
  document.getElementById('skip').addEventListener('click', (event) => {
    event.preventDefault();
    main.focus();
  });
  show();
}

/* Keeps a mistake of ours from leaving an empty page. */
addEventListener('unhandledrejection', (event) => {
  if (event.reason?.name === 'AbortError' || event.reason === undefined) {
    event.preventDefault();
    return;
  }
  announce('Something went wrong.');
  main.removeAttribute('aria-busy');
  if (!main.querySelector('h1')) main.replaceChildren(h('div', { class: 'empty' }, h('h1', { tabindex: -1 }, 'Something went wrong'), h('p', null, 'Please load the page again.')));
});
