// A row of choices of which one is taken: a radio group.

import { h } from '../dom';

export function segments(root: HTMLElement, choices: readonly (readonly [string, string])[],
                         first: string, chosen: (value: string) => void): void {
  const buttons = choices.map(([value, text]) => h('button', {
    type: 'button', role: 'radio', 'data-value': value, 'aria-checked': value === first,
    tabindex: value === first ? 0 : -1, click: () => choose(value),
  }, text));
  for (const button of buttons) button.setAttribute('aria-checked', String(button.dataset['value'] === first));
  const choose = (value: string): void => {
    for (const button of buttons) {
      const taken = button.dataset['value'] === value;
      button.setAttribute('aria-checked', String(taken));
      button.tabIndex = taken ? 0 : -1;
    }
    chosen(value);
  };
  root.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const at = buttons.findIndex((button) => button.getAttribute('aria-checked') === 'true');
    const next = buttons[(at + step + buttons.length) % buttons.length]!;
    choose(next.dataset['value']!);
    next.focus();
  });
  root.replaceChildren(...buttons);
}
