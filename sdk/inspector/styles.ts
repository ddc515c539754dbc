/** Adopted by the shadow root: no `style` attribute and no `<style>` element, so that `style-src 'self'` holds. */
export const STYLES = `
:host { position: fixed; right: 12px; bottom: 12px; z-index: 2147483000; display: block; color-scheme: light dark;
  font: 12px/1.45 system-ui, sans-serif; color: light-dark(#1b1f24, #e6e9ee); max-width: calc(100vw - 24px); }
:host([inline]) { position: static; max-width: none; }
:host([hidden]) { display: none; }
button { font: inherit; color: inherit; cursor: pointer; background: light-dark(#fff, #20252c);
  border: 1px solid light-dark(#8a929c, #6b7480); border-radius: 6px; padding: 4px 10px; min-height: 24px; }
button:focus-visible, input:focus-visible, .frames:focus-visible { outline: 2px solid light-dark(#0b57d0, #8ab4f8);
  outline-offset: 2px; }
.pill { display: flex; gap: 8px; align-items: center; margin-left: auto; border-radius: 999px;
  box-shadow: 0 1px 4px #0004; max-width: 100%; }
.dot { flex: none; width: 10px; height: 10px; border-radius: 50%; background: #8a929c; }
[data-name=live] .dot { background: light-dark(#1a7f37, #3fb950); }
[data-name=connecting] .dot, [data-name=syncing] .dot { background: light-dark(#0b57d0, #8ab4f8); }
[data-name=waiting] .dot, [data-name=offline] .dot { background: light-dark(#b35900, #f0883e); }
[data-name=refused] .dot { background: light-dark(#c5221f, #f28b82); }
.panel { width: 460px; max-width: 100%; max-height: min(70vh, 640px); overflow: auto; margin-bottom: 8px;
  box-sizing: border-box; padding: 12px; border-radius: 10px; background: light-dark(#fff, #14181d);
  border: 1px solid light-dark(#c4cad1, #3a424c); box-shadow: 0 6px 24px #0005; }
:host([inline]) .panel { width: auto; max-height: none; box-shadow: none; }
h2 { font-size: 12px; margin: 12px 0 4px; }
p { margin: 0; overflow-wrap: anywhere; }
.quiet, dt, th { color: light-dark(#57606a, #9aa4b0); font-weight: 400; }
dl { display: grid; grid-template-columns: auto 1fr; gap: 2px 12px; margin: 8px 0 0; }
dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; }
table { border-collapse: collapse; width: 100%; table-layout: fixed; }
th { text-align: left; }
th, td { padding: 1px 8px 1px 0; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.tools { display: flex; flex-wrap: wrap; gap: 6px; align-items: center; margin-top: 12px; }
.tools h2 { margin: 0; flex: 1; }
input { font: inherit; color: inherit; width: 10em; padding: 4px 8px; border-radius: 6px;
  background: light-dark(#fff, #20252c); border: 1px solid light-dark(#8a929c, #6b7480); }
.frames { list-style: none; margin: 6px 0 0; padding: 0; height: 180px; overflow: auto;
  font: 11px/1.5 ui-monospace, monospace; }
.frames li { white-space: nowrap; }
`;
