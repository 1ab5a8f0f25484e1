/* Starts the page: routes, the parts around the views, and the cart's panel. */

import * as cart from './cart.js';
import * as drawer from './drawer.js';
import * as session from './session.js';
import { suggest } from './suggest.js';
import { go, here, start } from './router.js';
import * as turn from './turn.js';
import { account } from './views/account.js';
import { cartPage } from './views/cart.js';
import { checkout } from './views/checkout.js';
import { flash } from './views/flash.js';
import { flashSale } from './views/flash_sale.js';
import { forgotPassword, resetPassword, verify } from './views/letters.js';
import { missing } from './views/missing.js';
import { order } from './views/order.js';
import { orders } from './views/orders.js';
import { product } from './views/product.js';
import { askReturn } from './views/return.js';
import { shop } from './views/shop.js';
import { register, signIn } from './views/sign.js';
import { may, staff } from './views/staff.js';
import { staffFlash, staffFlashNew } from './views/staff_flash.js';
import { staffFlashSale } from './views/staff_flash_sale.js';
import { staffMoney } from './views/staff_money.js';
import { staffOrder } from './views/staff_order.js';
import { staffReturns } from './views/staff_returns.js';
import { staffRules } from './views/staff_rules.js';

const ROUTES = [
  [/^\/$/, shop],
  [/^\/products\/(\d+)$/, product],
  [/^\/flash$/, flash],
  [/^\/flash\/(\d+)$/, flashSale],
  [/^\/cart$/, cartPage],
  [/^\/checkout$/, checkout],
  [/^\/orders$/, orders],
  [/^\/orders\/(\d+)$/, order],
  [/^\/orders\/(\d+)\/return$/, askReturn],
  [/^\/sign-in$/, signIn],
  [/^\/register$/, register],
  [/^\/account$/, account],
  [/^\/verify\/([\w-]+)$/, verify],
  [/^\/forgot-password$/, forgotPassword],
  [/^\/reset-password\/([\w-]+)$/, resetPassword],
  [/^\/staff$/, staff],
  [/^\/staff\/orders\/(\d+)$/, staffOrder],
  [/^\/staff\/returns$/, staffReturns],
  [/^\/staff\/flash$/, staffFlash],
  [/^\/staff\/flash\/new$/, staffFlashNew],
  [/^\/staff\/flash\/(\d+)$/, staffFlashSale],
  [/^\/staff\/money$/, staffMoney],
  [/^\/staff\/rules$/, staffRules],
  [/^/, missing],
];

const byId = (id) => document.getElementById(id);

function showCount() {
  const n = cart.units();
  byId('cart-count').textContent = n > 0 ? String(n) : '';
  byId('cart-count').hidden = n === 0;
  byId('cart-link').setAttribute('aria-label', n === 0 ? 'Cart, empty' : `Cart, ${n} ${n === 1 ? 'item' : 'items'}`);
}

function showWho() {
  const now = session.account();
  byId('who').href = now ? '#/account' : '#/sign-in';
  byId('who-text').textContent = now ? 'Account' : 'Sign in';
  byId('staff').hidden = !may('merchant', 'support', 'admin', 'ops');
  byId('staff').href = may('merchant', 'support', 'admin') ? '#/staff' : '#/staff/money';
}

function showOnline() {
  byId('offline').hidden = navigator.onLine !== false;
}

function search(event) {
  event.preventDefault();
  const q = byId('q').value.trim();
  go(q ? `#/?q=${encodeURIComponent(q)}` : '#/');
}

function markPlace() {
  const { path, query } = here();
  byId('q').value = path === '/' ? (query.get('q') ?? '') : '';
  for (const link of document.querySelectorAll('.top-nav a')) {
    if (link.getAttribute('href') === `#${path}`) link.setAttribute('aria-current', 'page');
    else link.removeAttribute('aria-current');
  }
}

cart.onChange(showCount);
session.onChange(showWho);
addEventListener('online', showOnline);
addEventListener('offline', showOnline);
addEventListener('souk:view', markPlace);
byId('search').addEventListener('submit', search);
suggest(byId('q'), go);
byId('cart-link').addEventListener('click', drawer.openInstead);
showCount();
showWho();
showOnline();
document.documentElement.dataset.known = '';
start(ROUTES);
turn.start();
cart.look().catch(() => {}); // what was seen last is shown until it can be
