// Light and dark: the system's choice, until somebody changes it.

import type { Theme } from './map/palette';
import { byId } from './dom';
import type { State } from './state';

const dark = window.matchMedia('(prefers-color-scheme: dark)');

export function initialTheme(): Theme {
  return dark.matches ? 'dark' : 'light';
}

export function themeButton(state: State): void {
  const button = byId('theme');
  let chosen = false;
  const show = (theme: Theme): void => {
    document.documentElement.dataset['theme'] = theme;
    button.textContent = theme === 'light' ? 'Dark' : 'Light';
    state.set({ theme });
  };
  show(state.now.theme);
  button.addEventListener('click', () => {
    chosen = true;
    show(state.now.theme === 'light' ? 'dark' : 'light');
  });
  dark.addEventListener('change', () => {
    if (!chosen) show(initialTheme());
  });
  // Paper is white.
  let screen: Theme | null = null;
  window.addEventListener('beforeprint', () => {
    screen = state.now.theme;
    show('light');
  });
  window.addEventListener('afterprint', () => {
    if (screen) show(screen);
    screen = null;
  });
}
