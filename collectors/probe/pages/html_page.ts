/**
 * Pages for people, which need nothing but themselves.
 *
 * @module
 */

const STYLE = `
:root { color-scheme: light dark; --line: #d7dade; --head: #f3f4f6; --accent: #0b5cad; --ok: #1a7f37; --failed: #c4212d; }
@media (prefers-color-scheme: dark) { :root { --line: #3a4048; --head: #22262b; --accent: #7db7ff; --ok: #4fc36a;
  --failed: #ff7b7f; } body { background: #16181b; color: #e6e8eb; } }
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 80rem; padding: 1.5rem; }
h1 { font-size: 1.6rem; margin: 0 0 .5rem; }
h2 { font-size: 1.15rem; margin: 1.5rem 0 .5rem; }
a { color: var(--accent); }
nav a { margin-right: 1.25rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { border-top: 1px solid var(--line); padding: .4rem .7rem; text-align: left; vertical-align: top; }
th { background: var(--head); border: 0; }
td { max-width: 28rem; overflow-wrap: break-word; }
time, .ok, .failed { white-space: nowrap; }
p.failed { white-space: normal; overflow-wrap: break-word; }
.ok { color: var(--ok); } .failed { color: var(--failed); font-weight: 600; }
pre { background: var(--head); overflow-x: auto; padding: .8rem; }
`;

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as it stands in HTML, between tags or quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? "");
}

/** A time in seconds since 1970, as HTML. */
export function htmlTime(seconds: number): string {
  const date = new Date(seconds * 1000);
  const text = Number.isNaN(date.getTime()) ? String(seconds) : date.toISOString();
  return `<time datetime="${text}">${text}</time>`;
}

/** A table; cells are HTML. */
export function htmlTable(label: string, columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const head = columns.map((name) => `<th scope="col">${escapeHtml(name)}</th>`).join("");
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join("")}</tr>`).join("\n");
  return `<div class="wide" role="region" aria-label="${escapeHtml(label)}" tabindex="0">
<table><thead><tr>${head}</tr></thead><tbody>
${body}
</tbody></table></div>`;
}

/** A page of that title; `body` is HTML. */
export function htmlPage(title: string, body: string): Response {
  const nonce = crypto.randomUUID();
  const html = `<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>${escapeHtml(title)}</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<h1>${escapeHtml(title)}</h1>
${body}
</body>
</html>
`;
  const bytes = new TextEncoder().encode(html);
  return new Response(bytes, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-length": String(bytes.length),
      "content-security-policy": `default-src 'none'; style-src 'nonce-${nonce}'; img-src data:; base-uri 'none'; ` +
        "form-action 'none'; frame-ancestors 'none'",
      "cache-control": "no-store",
      "referrer-policy": "no-referrer",
      "x-content-type-options": "nosniff",
    },
  });
}
