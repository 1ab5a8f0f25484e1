/* The two ways in which staff does something: a form that is sent, and a button. */

import { call, newKey } from '../api.js';
import { h } from '../dom.js';
import { check, onSubmit, problemBox, tell, whileBusy } from '../form.js';
import { AS } from './staff.js';

/* A form that does one thing. The key is that of the try until it has worked: pressing twice does it once. `nodes`: how the fields are shown,
 * when not one below the other; `path` may be a function of what is filled in. */
export function action({ title, fields, nodes, text, quiet = false, body, method = 'POST', path, etag, done, words }) {
  const box = problemBox();
  const button = h('button', { class: quiet ? 'button' : 'button primary', type: 'submit' }, text);
  const form = h('form', { class: 'form staff-action', novalidate: true }, title && h('h3', null, title), box.node, nodes ?? (fields.length > 0 && h('div', { class: 'fields' }, fields.map((one) => one.node))), button);
  let key = newKey();
  let sent = '';
  onSubmit(form, button, async () => {
    box.hide();
    if (!check(fields)) return;
    const now = JSON.stringify(body());
    if (now !== sent) key = newKey();
    sent = now;
    try {
      const { data } = await call(method, typeof path === 'function' ? path() : path, { ...AS, key, etag, body: now });
      await done(words, data);
    } catch (problem) {
      tell(problem, fields, box);
    }
  });
  return form;
}

/* A button that does one thing. */
export function press(text, work, told, primary = false) {
  const button = h('button', { type: 'button', class: primary ? 'button primary' : 'button' }, text);
  button.addEventListener('click', () => whileBusy(button, told, work));
  return button;
}
