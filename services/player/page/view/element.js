// Makes and finds elements, without markup in strings.

const SVG = 'http://www.w3.org/2000/svg';

/** element('p', {class: 'note', 'aria-live': 'polite'}, 'text', child…); a null attribute is left out. */
export function element(name, attributes = {}, ...children) {
  return fill(document.createElement(name), attributes, children);
}

export function svg(name, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, name), attributes, children);
}

export function icon(name) {
  return svg('svg', { class: 'icon', 'aria-hidden': 'true' }, svg('use', { href: `/icons.svg#${name}` }));
}

/** Shows another icon in an element that holds one. */
export function setIcon(holder, name) {
  holder.querySelector('use').setAttribute('href', `/icons.svg#${name}`);
}

export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no #${id}.`);
  return found;
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(name, value);
  }
  node.append(...children);
  return node;
}
