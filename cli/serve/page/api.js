// The server's answers. Every text that comes from there is data: it is set as text, never as markup.

export class ServerError extends Error {
  constructor(status, told) {
    super(told?.message ?? `The server answered ${status}`);
    this.status = status;
    this.told = told ?? {};
  }
}

const KEY = "kg-token";
let askForToken = null;

/** ask: a function that has the user enter a token, as a promise of it. */
export function whenTokenIsNeeded(ask) {
  let asking = null;
  askForToken = () => (asking ??= ask().finally(() => { asking = null; }));
}

function headers(more) {
  const token = sessionStorage.getItem(KEY);
  return token ? { ...more, Authorization: `Bearer ${token}` } : more;
}

async function send(path, options) {
  for (;;) {
    const response = await fetch(path, { ...options, headers: headers(options.headers), cache: "no-store" });
    if (response.status === 401 && askForToken) {
      sessionStorage.setItem(KEY, await askForToken());
      continue;
    }
    if (response.ok) return response;
    let told = null;
    try {
      told = (await response.json()).error;
    } catch {
      // no JSON: the status has to do
    }
    throw new ServerError(response.status, told);
  }
}

/** GET a path; values that are undefined, empty or false are left out, arrays are repeated. */
export async function get(path, parameters = {}, signal = undefined) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters))
    for (const one of [value].flat()) if (one !== undefined && one !== "" && one !== false) query.append(name, one);
  return (await send(`${path}?${query}`, { signal })).json();
}

/** Run a query; on.columns, on.row, on.plan and on.end are called as lines come. */
export async function cypher(query, parameters, on, signal) {
  const response = await send("/cypher", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ query, parameters }),
    signal,
  });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    const lines = (rest + value).split("\n");
    rest = lines.pop();
    for (const line of lines) if (line) takeLine(JSON.parse(line), on);
  }
}

function takeLine(line, on) {
  if (Array.isArray(line)) on.row?.(line);
  else if (line.columns) on.columns?.(line.columns);
  else if (line.plan !== undefined) on.plan?.(line.plan);
  else if (line.end) on.end?.(line.end);
  else if (line.error) throw new ServerError(200, line.error);
}

/** All rows of a short query. */
export async function rowsOf(query, parameters = {}) {
  const rows = [];
  await cypher(query, parameters, { row: (row) => rows.push(row) });
  return rows;
}
