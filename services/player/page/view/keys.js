// The keyboard: one key for one act, and the list of them in the help.

import { byId, element } from './element.js';

/** bindings: [{keys: ['k'], shown: ['Space', 'K'], says: 'Pause', act}]. enabled() is asked at every key. */
export function bindKeys(bindings, enabled) {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || document.querySelector('dialog[open]') || !enabled()) return;
    if (belongsToControl(event)) return;
    const binding = bindings.find(({ keys }) => keys.includes(event.key.length === 1 ? event.key.toLowerCase() : event.key));
    if (!binding || (event.repeat && !binding.repeats)) return;
    event.preventDefault();
    binding.act(event.key);
  });
  const rows = bindings.map(({ shown, says }) =>
    element('div', {}, element('dt', {}, ...shown.map((key) => element('kbd', {}, key))), element('dd', {}, says)),
  );
  byId('keys').replaceChildren(...rows);
}

/** Keys that the focused control needs for itself. */
function belongsToControl({ target, key }) {
  if (!(target instanceof HTMLElement)) return false;
  if (target.matches('input[type=text], textarea, select, [contenteditable]')) return true;
  if (target.matches('input[type=range], input[type=radio]')) return key.startsWith('Arrow') || key === ' ';
  if (target.matches('button, a, summary, input[type=checkbox]')) return key === ' ' || key === 'Enter';
  return false;
}
