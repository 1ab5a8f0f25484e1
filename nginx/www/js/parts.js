/* Pieces several views are made of. */

import { h, uid } from './dom.js';
import { problemWords } from './words.js';

/* A picture in a frame of fixed shape, so that nothing jumps. One that is missing or does not load becomes a drawn stand-in. */
export function picture(url, alt, { size = 480, eager = false, className = '' } = {}) {
  const frame = h('span', { class: `picture ${className}` });
  const standIn = () => frame.replaceChildren(h('span', { class: 'stand-in', role: alt ? 'img' : null, 'aria-label': alt || null, 'aria-hidden': alt ? null : 'true' }));
  if (!url) standIn();
  else frame.append(h('img', { src: url, alt, width: size, height: size, loading: eager ? 'eager' : 'lazy', decoding: 'async', referrerpolicy: 'no-referrer', onerror: standIn }));
  return frame;
}

export const heading = (text, level = 1) => h(`h${level}`, { tabindex: level === 1 ? -1 : null }, text);

/* A kind empty state. */
export function empty(title, text, ...actions) {
  return h('section', { class: 'empty' }, h('span', { class: 'arch', 'aria-hidden': 'true' }), h('h1', { tabindex: -1 }, title), h('p', null, text), h('p', { class: 'actions' }, actions));
}

/* What is shown when a view cannot be loaded. */
export function failure(problem, retry) {
  const gone = problem.code === 'not_found' || problem.code === 'guest.expired';
  const stranger = problem.status === 401 && !gone;
  const title = gone ? 'Not here' : stranger ? 'Who are you?' : 'That did not work';
  const signIn = `#/sign-in?next=${encodeURIComponent(location.hash.slice(1))}`;
  const button = gone ? h('a', { class: 'button', href: '#/' }, 'To the shop') : stranger ? h('a', { class: 'button primary', href: signIn }, 'Sign in') : h('button', { class: 'button', type: 'button', onclick: retry }, 'Try again');
  const node = empty(title, problemWords(problem), button);
  node.setAttribute('role', 'alert');
  return node;
}

/* Asks before something that cannot be undone; Escape and the first button leave things as they are. Resolves to whether it is wanted. */
export function sure({ title, text, keep, end }) {
  return new Promise((resolve) => {
    const id = uid('ask');
    const no = h('button', { class: 'button', type: 'button', onclick: () => box.close() }, keep);
    const yes = h('button', { class: 'button danger', type: 'button', onclick: () => box.close('yes') }, end);
    const box = h('dialog', { class: 'ask', 'aria-labelledby': id }, h('h2', { id }, title), h('p', null, text), h('div', { class: 'actions' }, no, yes));
    box.addEventListener('close', () => { box.remove(); resolve(box.returnValue === 'yes'); });
    document.body.append(box);
    box.showModal();
    no.focus();
  });
}

/* What was chosen, in words; a product without options has none. */
export const choiceWords = (text) => (/^default( title)?$/i.test(text ?? '') ? '' : text ?? '');

/* Grey shapes while something loads. */
export function skeleton(kind, n = 1) {
  const shapes = Array.from({ length: n }, () => h('div', { class: `skeleton ${kind}` }, h('span'), h('span'), h('span')));
  return h('div', { class: `skeletons ${kind}s`, 'aria-hidden': 'true' }, shapes);
}

export const loading = (text, ...shapes) => [h('p', { class: 'hidden', role: 'status' }, text), ...shapes];

/* Number of units with buttons. `change` gets each new value; it is always 1…max. `show` sets it from outside. */
export function stepper({ value, max, label, change, iconOf }) {
  const input = h('input', { type: 'text', inputmode: 'numeric', autocomplete: 'off', 'aria-label': label, maxlength: 3, size: 3, value });
  let now = value;
  const set = (next) => {
    const rounded = Math.min(max, Math.max(1, Math.round(next) || 1));
    input.value = rounded;
    less.toggleAttribute('data-end', rounded === 1);
    more.toggleAttribute('data-end', rounded === max);
    if (rounded === now) return;
    now = rounded;
    change?.(rounded);
  };
  const less = h('button', { type: 'button', 'aria-label': `One less: ${label}`, onclick: () => set(now - 1) }, iconOf('minus'));
  const more = h('button', { type: 'button', 'aria-label': `One more: ${label}`, onclick: () => set(now + 1) }, iconOf('plus'));
  input.addEventListener('change', () => set(Number(input.value)));
  input.addEventListener('keydown', (event) => {
    const step = { ArrowUp: 1, ArrowDown: -1 }[event.key];
    if (step) {
      event.preventDefault();
      set(now + step);
    }
  });
  set(value);
  const show = (next) => {
    now = next;
    set(next);
  };
  return { node: h('div', { class: 'stepper', role: 'group', 'aria-label': label }, less, input, more), show, get value() { return now; } };
}
