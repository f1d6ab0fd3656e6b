// The two panels beside the map.

import { byId } from '../dom';

const kTabs = ['owners', 'details'] as const;
type Tab = (typeof kTabs)[number];

export function showTab(shown: Tab): void {
  for (const tab of kTabs) {
    const button = byId(`tab-${tab}`);
    button.setAttribute('aria-selected', String(tab === shown));
    button.tabIndex = tab === shown ? 0 : -1;
    byId(`panel-${tab}`).hidden = tab !== shown;
  }
}

for (const tab of kTabs) {
  const button = byId(`tab-${tab}`);
  button.addEventListener('click', () => showTab(tab));
  button.addEventListener('keydown', (event) => {
    if (event.key !== 'ArrowLeft' && event.key !== 'ArrowRight') return;
    const other = tab === 'owners' ? 'details' : 'owners';
    showTab(other);
    byId(`tab-${other}`).focus();
  });
}
