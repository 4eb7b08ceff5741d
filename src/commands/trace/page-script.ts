/** What the page of traces can do with JavaScript: filter, open and close. Without it, all is there to be read. */

/** JavaScript for browsers. It reads the page's own text and writes none. */
export const PAGE_SCRIPT = `
const tools = document.getElementById('tools');
const filter = document.getElementById('filter');
const failed = document.getElementById('failed');
const count = document.getElementById('count');
const calls = [...document.querySelectorAll('details')];
const texts = calls.map((call) => call.textContent.toLowerCase());
const show = () => {
  const words = filter.value.toLowerCase().split(/\\s+/).filter(Boolean);
  let shown = 0;
  calls.forEach((call, index) => {
    const isShown = (!failed.checked || call.classList.contains('failed')) && words.every((word) => texts[index].includes(word));
    call.hidden = !isShown;
    if (isShown) shown += 1;
  });
  count.textContent = shown + ' of ' + calls.length;
};
filter.addEventListener('input', show);
failed.addEventListener('change', show);
for (const [id, isOpen] of [['open', true], ['close', false]]) {
  document.getElementById(id).addEventListener('click', () => {
    for (const call of calls) if (!call.hidden) call.open = isOpen;
  });
}
tools.addEventListener('submit', (event) => event.preventDefault());
tools.hidden = false;
show();
`;
