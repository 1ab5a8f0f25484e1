/* Suggestions under the search box: the combobox pattern with a list (WAI-ARIA 1.2). The focus stays in the box; arrows choose, Enter takes
 * what is chosen or searches for what is written, Escape closes the list and then empties the box. */

import { get, withQuery } from './api.js';
import { announce, h, uid } from './dom.js';

const AFTER_MS = 120;
const SHOWN_MAX = 8;
const KINDS = { query: 'Search', category: 'Category', vendor: 'Maker', product: 'Product' };

const addressOf = (item) => ({
  query: `#/?q=${encodeURIComponent(item.text)}`,
  category: `#/?category=${item.category_id}`,
  vendor: `#/?vendor=${encodeURIComponent(item.text)}`,
  product: `#/products/${item.product_id}`,
})[item.kind];

/* `input` stands in a form; `go` gets the address of what was taken. */
export function suggest(input, go) {
  const list = h('ul', { class: 'suggestions', role: 'listbox', id: uid('suggestions'), 'aria-label': 'Suggestions', hidden: true });
  const known = new Map(); // what was asked already
  let items = [];
  let chosen = -1;
  let timer = null;
  let asking = new AbortController();

  Object.entries({ role: 'combobox', 'aria-autocomplete': 'list', 'aria-expanded': 'false', 'aria-controls': list.id })
    .forEach(([name, value]) => input.setAttribute(name, value));
  input.after(list);

  const options = () => [...list.children];

  function choose(n) {
    chosen = n;
    options().forEach((option, at) => option.setAttribute('aria-selected', String(at === n)));
    if (n < 0) input.removeAttribute('aria-activedescendant');
    else {
      input.setAttribute('aria-activedescendant', list.children[n].id);
      list.children[n].scrollIntoView({ block: 'nearest' });
    }
  }

  function close() {
    clearTimeout(timer);
    asking.abort();
    list.hidden = true;
    input.setAttribute('aria-expanded', 'false');
    choose(-1);
  }

  function take(item) {
    close();
    if (item.kind === 'query') input.value = item.text;
    go(addressOf(item));
  }

  function show(found) {
    items = found.slice(0, SHOWN_MAX);
    list.replaceChildren(...items.map((item) => {
      const option = h('li', { role: 'option', id: uid('suggestion'), 'aria-selected': 'false' }, h('span', null, item.text), h('span', { class: 'suggestion-kind' }, KINDS[item.kind]));
      option.addEventListener('pointerdown', (event) => event.preventDefault()); // the focus stays in the box
      option.addEventListener('click', () => take(item));
      return option;
    }));
    choose(-1);
    list.hidden = items.length === 0;
    input.setAttribute('aria-expanded', String(items.length > 0));
    if (items.length > 0) announce(`${items.length} ${items.length === 1 ? 'suggestion' : 'suggestions'}.`);
  }

  async function ask() {
    const q = input.value.trim();
    asking.abort();
    if (q.length === 0) return close();
    asking = new AbortController();
    const { signal } = asking;
    try {
      if (!known.has(q)) known.set(q, (await get(withQuery('/v1/search/suggest', { q }), { signal })).items);
      if (!signal.aborted && document.activeElement === input) show(known.get(q));
    } catch {
      if (!signal.aborted) close(); // searching goes without
    }
  }

  const steps = {
    ArrowDown: () => (list.hidden ? ask() : choose(chosen + 1 < items.length ? chosen + 1 : -1)),
    ArrowUp: () => (list.hidden ? ask() : choose(chosen < 0 ? items.length - 1 : chosen - 1)),
  };

  input.addEventListener('input', () => {
    clearTimeout(timer);
    timer = setTimeout(ask, AFTER_MS);
  });
  input.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    if (steps[event.key]) {
      event.preventDefault();
      steps[event.key]();
    } else if (event.key === 'Enter' && chosen >= 0 && !list.hidden) {
      event.preventDefault();
      take(items[chosen]);
    } else if (event.key === 'Escape' && !list.hidden) {
      event.preventDefault();
      close();
    }
  });
  input.addEventListener('blur', close);
  input.form.addEventListener('submit', close);
}
