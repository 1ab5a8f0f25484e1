/* A buyer's way through a flash sale while another view is shown: what was begun there (seat.js) goes on, and a line above the view says when
 * it is the turn, and what came of an order. Once its link was followed or it was closed, it is gone. */

import { get, pause, Problem } from './api.js';
import { h, icon } from './dom.js';
import { onElsewhere, read } from './keep.js';
import { here } from './router.js';
import { onKept, Seat } from './seat.js';
import * as session from './session.js';
import { learn, now } from './shop_time.js';
import { problemWords, refusalWords } from './words.js';

const TITLE = 'Your turn · ';
const AGAIN_MS = 5000;

const bar = document.getElementById('turns');
const followed = new Map(); // sale → AbortController

/* Does it go on? */
const goesOn = ({ want, ticket, sent, outcome }) => Boolean(!outcome && (want || ticket || sent));

/* What is to be said: {words, link, href}, or nothing. */
function news({ title, sale_id }, { seat, want, ticket, sent, outcome, trouble }) {
  const sale = { link: 'To the sale', href: `#/flash/${sale_id}` };
  if (outcome?.state === 'ordered') return { words: `${title}: your order is made. Please pay it in time.`, link: 'See it and pay', href: `#/orders/${outcome.order_id}` };
  if (outcome) return { words: `${title}: it did not work out. ${refusalWords(outcome.reason)}`, ...sale };
  if (ticket || sent) return null;
  if (!want) return trouble ? { words: `${title}: ${problemWords(trouble)}`, ...sale } : null;
  return seat?.state === 'admitted' && seat.until > now() ? { words: `${title}: it is your turn.`, turn: true, ...sale } : null;
}

function put(name, line) {
  const old = bar.querySelector(`[data-sale="${name}"]`);
  if (line) {
    const node = h('p', { 'data-sale': name, 'data-turn': line.turn }, h('span', null, line.words), h('a', { href: line.href }, line.link),
      h('button', { type: 'button', 'aria-label': 'Close', onclick: () => put(name, null) }, icon('close')));
    if (old) old.replaceWith(node);
    else bar.append(node);
  } else old?.remove();
  const mine = bar.querySelector('[data-turn]') !== null;
  if (mine && !document.title.startsWith(TITLE)) document.title = TITLE + document.title;
  if (!mine && document.title.startsWith(TITLE)) document.title = document.title.slice(TITLE.length);
}

async function follow(name, signal) {
  const sale = await get(`/v1/flash/${name}`, { signal });
  learn(sale.server_time);
  let said = '';
  const show = () => {
    if (signal.aborted) return;
    const line = news(sale, seat.kept) ?? null;
    if ((line?.words ?? '') === said) return;
    said = line?.words ?? '';
    put(name, line);
  };
  const seat = new Seat(name, signal, show);
  const ticking = async () => { for (;;) { show(); await pause(1000, signal); } };
  await Promise.all([ticking(), seat.watch()]);
}

function begin(name) {
  const control = new AbortController();
  followed.set(name, control);
  follow(name, control.signal).catch((problem) => {
    if (control.signal.aborted) return;
    if (!(problem instanceof Problem)) throw problem;
    setTimeout(() => { if (followed.get(name) === control) { followed.delete(name); review(); } }, AGAIN_MS);
  });
}

function end(name) {
  followed.get(name).abort();
  followed.delete(name);
  put(name, null);
}

/* Follows what goes on and is not shown; who signs out has nothing here. */
function review() {
  const { path } = here();
  const owner = session.account()?.account_id;
  const kept = Object.entries(read('flash', {})).filter(([name, one]) => one.owner === owner && path !== `/flash/${name}`);
  for (const name of [...followed.keys()]) if (!kept.some(([one]) => one === name)) end(name);
  for (const [name, one] of kept) if (!followed.has(name) && goesOn(one)) begin(name);
}

/* An order that was looked at needs no line. */
function left() {
  bar.querySelectorAll(`a[href="#${here().path}"]`).forEach((link) => put(link.parentNode.dataset.sale, null));
  review();
}

export function start() {
  addEventListener('souk:view', left);
  onElsewhere('flash', review);
  onKept(review);
  session.onChange(review);
  review();
}
