/* Form fields with label, hint and error text tied together, and errors of the API put beside the field they are about. */

import { announce, h, uid } from './dom.js';
import { fieldWords, problemWords } from './words.js';

/* A labelled control. `rule(value)` returns what is wrong in words, or nothing. `control` replaces the plain input. */
export function field({ name, label, hint, optional, rule, control, wide, value, ...attributes }) {
  const id = uid(name);
  const input = control ?? h('input', { type: 'text', ...attributes });
  input.id = id;
  input.name = name;
  if (value !== undefined && value !== null) input.value = value;
  if (!optional) input.required = true;
  const hintNode = hint && h('p', { class: 'hint', id: `${id}-hint` }, hint);
  const error = h('p', { class: 'error', id: `${id}-error`, hidden: true });
  const describedBy = [hintNode && hintNode.id, error.id].filter(Boolean).join(' ');
  input.setAttribute('aria-describedby', describedBy);
  const node = h('div', { class: wide ? 'field wide' : 'field' },
    h('label', { for: id }, label, optional && h('span', { class: 'optional' }, ' (optional)')), hintNode, input, error);
  const mark = (text) => {
    error.textContent = text ?? '';
    error.hidden = !text;
    if (text) input.setAttribute('aria-invalid', 'true');
    else input.removeAttribute('aria-invalid');
  };
  input.addEventListener('input', () => mark(null));
  const wrong = () => {
    const text = input.value.trim();
    if (!text && !optional) return 'Please fill this in.';
    return text && rule ? rule(text) : null;
  };
  return { name, node, input, mark, wrong, get value() { return input.value.trim(); } };
}

/* A password field with a button that shows what is typed. */
export function passwordField(options) {
  const made = field({ type: 'password', maxlength: 128, ...options });
  const button = h('button', { type: 'button', class: 'show-password', 'aria-pressed': 'false', 'aria-controls': made.input.id }, 'Show password');
  button.addEventListener('click', () => {
    const shown = made.input.type === 'password';
    made.input.type = shown ? 'text' : 'password';
    button.setAttribute('aria-pressed', String(shown));
  });
  made.node.append(button);
  return { ...made, get value() { return made.input.value; }, wrong: () => (made.input.value ? options.rule?.(made.input.value) : 'Please fill this in.') };
}

export const emailRule = (text) => (/^[^\s@]+@[^\s@]+$/.test(text) ? null : 'Please give an e-mail address like name@example.org.');

/* Where a problem is told: above the form, and focused so that it is read out and seen. */
export function problemBox() {
  const box = h('div', { class: 'notice bad', role: 'alert', tabindex: -1, hidden: true });
  const show = (...children) => {
    box.replaceChildren(...children.flat().filter(Boolean));
    box.hidden = false;
    box.focus({ preventScroll: true });
    box.scrollIntoView({ block: 'center' });
  };
  return { node: box, show, hide: () => { box.hidden = true; } };
}

/* Marks the wrong fields, focuses the first; true when all are right. */
export function check(fields) {
  let first = null;
  for (const one of fields) {
    const text = one.wrong();
    one.mark(text);
    if (text) first ??= one.input;
  }
  if (first) {
    first.focus();
    announce('Please check the fields that are marked.');
  }
  return !first;
}

/* Shows a problem: beside the fields it names (their names may be nested, "address.city"), otherwise in the box. */
export function tell(problem, fields, box) {
  let first = null;
  for (const error of problem.errors ?? []) {
    const name = String(error.field).split('.').pop();
    const hit = fields.find((one) => one.name === error.field || one.name === name);
    hit?.mark(fieldWords(error));
    if (hit) first ??= hit.input;
  }
  if (first) first.focus();
  else box.show(h('p', null, problemWords(problem)), problem.requestId && problem.status >= 500 && h('p', { class: 'small' }, `If you ask for help, mention ${problem.requestId}.`));
}

/* Runs `work` when the form is sent, once at a time, with its button showing that it is busy. */
export function onSubmit(form, button, work) {
  let busy = false;
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    if (busy) return;
    busy = true;
    setBusy(button, true);
    try {
      await work();
    } finally {
      busy = false;
      setBusy(button, false);
    }
  });
}

/* What a button does: once at a time, the button showing that it is busy, and `told` saying what went wrong. */
export async function whileBusy(button, told, work) {
  if (button.getAttribute('aria-disabled')) return;
  setBusy(button, true);
  told.textContent = '';
  try {
    await work();
  } catch (problem) {
    told.textContent = problemWords(problem);
  } finally {
    setBusy(button, false);
  }
}

/* aria-disabled instead of disabled: the focus stays where it was. */
export function setBusy(button, busy) {
  button.classList.toggle('busy', busy);
  if (busy) button.setAttribute('aria-disabled', 'true');
  else button.removeAttribute('aria-disabled');
}
