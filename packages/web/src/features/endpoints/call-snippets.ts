import { askBody, type SignatureField, type Snippet } from '../artifacts/decode/mlmodel.ts'

/** How an endpoint is asked at the address of one of its processes, with the columns that its model wants. */
export function callSnippets(address: string, inputs: readonly SignatureField[], stickyHeader: string | undefined, origin: string, endpoint: string): Snippet[] {
  const json = JSON.stringify(askBody(inputs))
  const url = `${address}/invocations`
  const headers = { 'content-type': 'application/json', ...(stickyHeader !== undefined && { [stickyHeader]: 'user-17' }) }
  const written = JSON.stringify(headers).replaceAll('":"', '": "').replaceAll('","', '", "')
  return [
    { label: 'curl', language: 'shell', code: `curl ${url} ${Object.entries(headers).map(([name, value]) => `-H '${name}: ${value}'`).join(' ')} -d '${json.replaceAll("'", "'\\''")}'` },
    { label: 'Python', language: 'python', code: `import requests\n\nanswer = requests.post(\n    "${url}",\n    headers=${written},\n    data='${json.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}',\n)\nanswer.raise_for_status()\nprint(answer.json()["predictions"], "by version", answer.headers["x-model-version"])` },
    { label: 'TypeScript', language: 'javascript', code: `const answer = await fetch("${url}", {\n  method: "POST",\n  headers: ${written},\n  body: JSON.stringify(${json}),\n})\nif (!answer.ok) throw new Error(await answer.text())\nconsole.log((await answer.json()).predictions, "by version", answer.headers.get("x-model-version"))` },
    { label: 'Browser', language: 'javascript', code: `// The process must let pages of your site ask:\n//   cairn models serve --endpoint ${endpoint} --cors-origin ${origin}\nconst answer = await fetch("${url}", {\n  method: "POST",\n  headers: { "content-type": "application/json" },\n  body: JSON.stringify(${json}),\n})\ndocument.querySelector("#answer").textContent = (await answer.json()).predictions.join(", ")` },
  ]
}
