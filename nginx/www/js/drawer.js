/* The cart as a panel beside the page. On narrow windows the cart is a page of its own, "#/cart". */

import { h, icon } from './dom.js';
import { cartBody } from './views/cart.js';

const WIDE = matchMedia('(min-width: 800px)');
const panel = document.getElementById('drawer');

function render() {
  const close = h('button', { class: 'round', type: 'button', 'aria-label': 'Close the cart', onclick: () => panel.close() }, icon('close'));
  panel.replaceChildren(
    h('div', { class: 'drawer-head' }, h('h2', { id: 'drawer-title', tabindex: -1 }, 'Your cart'), close),
    cartBody(() => panel.close()));
}

/* Opens the panel where there is room for it; false where there is none. */
export function open() {
  if (!WIDE.matches || location.hash === '#/cart' || location.hash === '#/checkout') return false;
  render();
  if (!panel.open) panel.showModal();
  document.getElementById('drawer-title').focus();
  return true;
}

/* For a click on a link to "#/cart": the panel instead, unless a new tab was asked for. */
export function openInstead(event) {
  if (event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (open()) event.preventDefault();
}

addEventListener('hashchange', () => panel.close());
WIDE.addEventListener('change', () => panel.close());
panel.addEventListener('click', (event) => { if (event.target === panel) panel.close(); });
