/* Product descriptions are HTML. The server sends them sanitised; here they pass a second allow-list all the same, so that a mistake
 * there is no script here: only elements and attributes named below are copied, everything else keeps its text. */

const ALLOWED = new Set(['P', 'BR', 'UL', 'OL', 'LI', 'STRONG', 'B', 'EM', 'I', 'U', 'SMALL', 'SUB', 'SUP', 'BLOCKQUOTE', 'HR',
  'TABLE', 'THEAD', 'TBODY', 'TR', 'TH', 'TD', 'DL', 'DT', 'DD', 'A', 'SPAN', 'DIV', 'CODE', 'PRE']);
const HEADINGS = new Set(['H1', 'H2', 'H3', 'H4', 'H5', 'H6']);
const DROPPED = new Set(['SCRIPT', 'STYLE', 'IFRAME', 'OBJECT', 'EMBED', 'TEMPLATE', 'NOSCRIPT', 'SVG', 'MATH', 'FORM', 'TEXTAREA', 'SELECT',
  'BUTTON', 'TITLE', 'HEAD', 'AUDIO', 'VIDEO', 'CANVAS']);
const DEPTH_MAX = 24;

function safeLink(href) {
  try {
    const url = new URL(href, location.href);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
  } catch {
    return null;
  }
}

function open(source) {
  if (HEADINGS.has(source.tagName)) return document.createElement('h3');
  if (!ALLOWED.has(source.tagName)) return document.createDocumentFragment();
  const copy = document.createElement(source.tagName);
  if (source.tagName === 'A') {
    const href = safeLink(source.getAttribute('href') ?? '');
    if (href === null) return document.createElement('span');
    copy.href = href;
    copy.rel = 'noopener noreferrer nofollow';
  }
  return copy;
}

function copyChildren(from, to, depth) {
  if (depth > DEPTH_MAX) {
    to.append(from.textContent);
    return;
  }
  for (const child of from.childNodes) {
    if (child.nodeType === Node.TEXT_NODE) to.append(child.data);
    if (child.nodeType !== Node.ELEMENT_NODE || DROPPED.has(child.tagName.toUpperCase())) continue;
    const copy = open(child);
    copyChildren(child, copy, depth + 1);
    to.append(copy);
  }
}

/* A fragment that is safe to insert. Headings become h3, below the page's own. Nothing in it runs or loads. */
export function rich(html) {
  const fragment = document.createDocumentFragment();
  copyChildren(new DOMParser().parseFromString(html ?? '', 'text/html').body, fragment, 0);
  return fragment;
}
