/** How the page of traces looks, in light and in dark: all of it is in the page. */

/** CSS. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --ground: #fff; --raised: #f6f8fa; --line: #d8dee4; --grid: #e7ebef; --text: #1f2328; --quiet: #59636e;
  --stage: #8c98a4; --delegate: #2f6fdd; --other: #8250df; --failed: #cf222e; --ok: #1a7f37;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0d1117; --raised: #161b22; --line: #30363d; --grid: #21262d; --text: #e6edf3; --quiet: #9198a1;
    --stage: #6e7781; --delegate: #4c8dff; --other: #a371f7; --failed: #ff6a62; --ok: #3fb950;
  }
}
* { box-sizing: border-box; }
body { margin: 0; padding: 1.5rem clamp(0.75rem, 3vw, 2.5rem) 4rem; background: var(--ground); color: var(--text);
  font: 14px/1.45 system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; }
h1 { margin: 0; font-size: 1.4rem; }
header p { margin: 0.2rem 0; color: var(--quiet); overflow-wrap: anywhere; }
.legend { display: flex; flex-wrap: wrap; gap: 0.4rem 1.2rem; margin: 0.7rem 0; padding: 0; list-style: none; color: var(--quiet); }
.legend svg { width: 1.5rem; height: 0.7rem; margin-right: 0.4rem; border-radius: 2px; }
.tools { display: flex; flex-wrap: wrap; gap: 0.6rem 1rem; align-items: center; position: sticky; top: 0; z-index: 1; padding: 0.6rem 0; background: var(--ground); }
.tools[hidden] { display: none; }
.tools input[type=search] { flex: 1 1 16rem; max-width: 28rem; }
.tools input[type=search], .tools button { padding: 0.35rem 0.7rem; border: 1px solid var(--line); border-radius: 6px; background: var(--raised); color: inherit; font: inherit; }
.tools button { cursor: pointer; }
.tools output { color: var(--quiet); }
details { margin: 0.45rem 0; border: 1px solid var(--line); border-radius: 8px; }
details.failed { border-left: 3px solid var(--failed); }
summary { display: grid; grid-template-columns: 1rem 4.2rem minmax(9rem, 2fr) 5rem minmax(6rem, 3fr) 6rem 4rem 12.5rem; gap: 0.8rem; align-items: center;
  padding: 0.45rem 0.8rem; cursor: pointer; list-style: none; }
summary::-webkit-details-marker { display: none; }
summary::before { content: "\\25B8"; color: var(--quiet); }
details[open] > summary::before { content: "\\25BE"; }
summary:hover { background: var(--raised); border-radius: 8px; }
summary > * { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.verb { font-weight: 600; }
.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.quiet { color: var(--quiet); }
.state-ok { color: var(--ok); }
.state-failed { color: var(--failed); font-weight: 600; }
.body { padding: 0.3rem 0.8rem 0.9rem; overflow-x: auto; }
.facts { margin: 0 0 0.5rem; color: var(--quiet); overflow-wrap: anywhere; }
.error { margin: 0.5rem 0 0; color: var(--failed); overflow-wrap: anywhere; }
table { width: 100%; min-width: 62rem; border-collapse: collapse; }
th { padding: 0.2rem 0.5rem; color: var(--quiet); font-weight: 500; text-align: left; white-space: nowrap; border-bottom: 1px solid var(--line); }
td { padding: 0.12rem 0.5rem; white-space: nowrap; max-width: 16rem; overflow: hidden; text-overflow: ellipsis; }
td.name { font-weight: 500; }
tr.stage td.name { font-weight: 400; color: var(--quiet); }
tr.error-row td { max-width: none; padding-top: 0; white-space: normal; color: var(--failed); overflow-wrap: anywhere; }
tbody tr:hover { background: var(--raised); }
.depth-2 { padding-left: 1.6rem; } .depth-3 { padding-left: 2.7rem; } .depth-4 { padding-left: 3.8rem; }
th.chart, td.chart { width: 45%; min-width: 22rem; max-width: none; padding-left: 0; padding-right: 0; }
th.chart div { display: flex; gap: 0.5rem; justify-content: space-between; font-variant-numeric: tabular-nums; }
td.chart { background: repeating-linear-gradient(90deg, var(--grid) 0 1px, transparent 1px 25%); border-right: 1px solid var(--grid); }
svg.bar { display: block; width: 100%; height: 0.95rem; }
svg.strip { display: block; width: 100%; height: 0.7rem; background: var(--raised); border-radius: 3px; }
rect.stage { fill: var(--stage); } rect.delegate { fill: var(--delegate); } rect.other { fill: var(--other); } rect.failed { fill: var(--failed); }
[hidden] { display: none; }
@media (max-width: 60rem) {
  summary { grid-template-columns: 1rem 4rem 1fr 6rem 4rem; }
  summary .interface, summary .strip, summary .when { display: none; }
}
@media print { .tools { display: none; } }
`;
