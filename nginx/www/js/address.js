/* The fields of a postal address, and an address as lines of text. */

import { COUNTRIES, countryName, hasPostalCodes } from './countries.js';
import { h } from './dom.js';
import { field } from './form.js';

export const PARTS = ['name', 'phone', 'country', 'region', 'city', 'line1', 'line2', 'postal_code'];

function countrySelect(chosen) {
  const options = COUNTRIES.map((code) => ({ code, name: countryName(code) })).sort((a, b) => a.name.localeCompare(b.name));
  return h('select', { autocomplete: 'country' },
    h('option', { value: '' }, 'Please choose'), options.map(({ code, name }) => h('option', { value: code, selected: code === chosen }, name)));
}

/* {fields, node, value()}; `value` leaves empty optional parts out. */
export function addressForm(address = {}) {
  const at = (name) => address[name] ?? '';
  const country = field({ name: 'country', label: 'Country', control: countrySelect(at('country')) });
  const code = field({ name: 'postal_code', label: 'Postal code', autocomplete: 'postal-code', maxlength: 20, value: at('postal_code') });
  const wrong = code.wrong;
  code.wrong = () => (hasPostalCodes(country.value) ? wrong() : null);
  const fields = [
    field({ name: 'name', label: 'Full name', autocomplete: 'name', maxlength: 100, value: at('name'), wide: true }),
    field({ name: 'line1', label: 'Street and number', autocomplete: 'address-line1', maxlength: 200, value: at('line1'), wide: true }),
    field({ name: 'line2', label: 'Flat, floor, company', autocomplete: 'address-line2', maxlength: 200, optional: true, value: at('line2'), wide: true }),
    code,
    field({ name: 'city', label: 'City', autocomplete: 'address-level2', maxlength: 100, value: at('city') }),
    field({ name: 'region', label: 'State or region', autocomplete: 'address-level1', maxlength: 100, optional: true, value: at('region') }),
    country,
    field({ name: 'phone', label: 'Phone', type: 'tel', autocomplete: 'tel', maxlength: 40, optional: true, value: at('phone'), wide: true,
      hint: 'For the courier, if there is a question at the door.' }),
  ];
  const value = () => Object.fromEntries(fields.map((one) => [one.name, one.value]).filter(([, text]) => text !== ''));
  return { fields, node: h('div', { class: 'fields' }, fields.map((one) => one.node)), value };
}

/* "Ada Lovelace", "12 Lane", … as a block. */
export function addressLines(address) {
  const place = [address.postal_code, address.city].filter(Boolean).join(' ');
  const lines = [address.name, address.line1, address.line2, place, address.region, address.country && countryName(address.country), address.phone];
  return h('address', { class: 'address' }, lines.filter(Boolean).map((line) => h('span', null, line)));
}
