/* Where an order goes: remembered addresses as a choice, with "another address" opening the form; and how it gets there. */

import { addressForm, addressLines } from '../address.js';
import { get } from '../api.js';
import { h, uid } from '../dom.js';
import { money } from '../money.js';
import * as session from '../session.js';

const NOT_SENT = ['address_id', 'is_default', 'created_at', 'updated_at', 'version'];

/* The addresses an account has; none for a guest. */
export async function savedAddresses(signal) {
  if (!session.account()) return [];
  const answer = await get('/v1/me/addresses?limit=100', { as: 'account', signal });
  return answer.items;
}

/* What taxes and ways to ship depend on. */
const placeOf = ({ country, region }) => ({ ...(country && { country }), ...(country && region && { region }) });

/* {node, fields(), value(), place(), remember()}; `moved` is called when it goes to another place. */
export function addressPart(saved, moved) {
  const usual = saved.find((one) => one.is_default) ?? saved[0];
  const typed = addressForm({ name: session.account()?.name });
  typed.fields.filter((one) => ['country', 'region'].includes(one.name)).forEach((one) => one.input.addEventListener('change', moved));
  const keepBox = h('input', { type: 'checkbox', id: uid('keep'), checked: true });
  const keep = session.account() && h('p', { class: 'tick' }, keepBox, h('label', { for: keepBox.id }, 'Remember this address'));
  const form = h('div', { class: 'new-address' }, typed.node, keep);
  if (!usual) return { node: form, fields: () => typed.fields, value: typed.value, place: () => placeOf(typed.value()), remember: () => Boolean(keep && keepBox.checked) };
  let chosen = usual;
  form.hidden = true;
  const name = uid('saved');
  const choice = (address, body) => {
    const id = uid('address');
    const choose = () => { chosen = address; form.hidden = address !== null; moved(); };
    return h('div', { class: 'choice' }, h('input', { type: 'radio', name, id, checked: address === usual, onchange: choose }), h('label', { for: id }, body));
  };
  const node = h('fieldset', { class: 'saved' }, h('legend', { class: 'hidden' }, 'Choose an address'),
    saved.map((address) => choice(address, addressLines(address))), choice(null, 'Another address'), form);
  const value = () => (chosen ? Object.fromEntries(Object.entries(chosen).filter(([key, part]) => !NOT_SENT.includes(key) && part)) : typed.value());
  return { node, fields: () => (chosen ? [] : typed.fields), value, place: () => placeOf(value()), remember: () => !chosen && Boolean(keep && keepBox.checked) };
}

/* Ways to ship; nothing where there is no choice. `choose(id)` is called with the one that is wanted. */
export function shippingPart(choose) {
  const list = h('div');
  const name = uid('shipping');
  const node = h('section', { hidden: true }, h('fieldset', { class: 'saved' }, h('legend', null, h('h2', null, 'How it gets there')), list));
  let shown = '';
  return {
    node,
    show(quote) {
      node.hidden = quote.shipping_methods.length < 2;
      const now = JSON.stringify(quote.shipping_methods);
      if (now !== shown) {
        shown = now;
        list.replaceChildren(...quote.shipping_methods.map((method) => {
          const id = uid('method');
          return h('div', { class: 'choice' }, h('input', { type: 'radio', name, id, value: method.id, onchange: () => choose(method.id) }),
            h('label', { for: id, class: 'shipping' }, h('span', null, method.name), h('span', null, method.price === 0 ? 'Free' : money(method.price, quote.currency))));
        }));
      }
      list.querySelectorAll('input').forEach((input) => { input.checked = input.value === quote.shipping_method; });
    },
  };
}
