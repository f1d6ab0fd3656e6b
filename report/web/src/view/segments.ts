// A row of choices of which one is taken: a radio group.

import { h } from '../dom';

export interface Segments {
  // Takes one without telling anybody.
  show(value: string): void;
  // Which can be taken; null: all. The others say why not.
  allow(values: readonly string[] | null, why: string): void;
}

export function segments(root: HTMLElement, choices: readonly (readonly [string, string])[],
                         first: string, chosen: (value: string) => void): Segments {
  const buttons = choices.map(([value, text]) => h('button', {
    type: 'button', role: 'radio', 'data-value': value, 'aria-checked': value === first,
    tabindex: value === first ? 0 : -1, click: () => choose(value),
  }, text));
  for (const button of buttons) button.setAttribute('aria-checked', String(button.dataset['value'] === first));
  const show = (value: string): void => {
    for (const button of buttons) {
      const taken = button.dataset['value'] === value;
      button.setAttribute('aria-checked', String(taken));
      button.tabIndex = taken ? 0 : -1;
    }
  };
  const choose = (value: string): void => {
    show(value);
    chosen(value);
  };
  root.addEventListener('keydown', (event) => {
    const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const open = buttons.filter((button) => !button.disabled);
    const at = open.findIndex((button) => button.getAttribute('aria-checked') === 'true');
    const next = open[(at + step + open.length) % open.length]!;
    choose(next.dataset['value']!);
    next.focus();
  });
  root.replaceChildren(...buttons);
  const allow = (values: readonly string[] | null, why: string): void => {
    for (const button of buttons) {
      button.disabled = values !== null && !values.includes(button.dataset['value']!);
      button.title = button.disabled ? why : '';
    }
  };
  return { show, allow };
}
