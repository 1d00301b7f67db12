/** Whether JSON is a Plotly figure: traces with types, and perhaps a layout. */
export function isPlotly(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || !('data' in value) || !Array.isArray(value.data) || value.data.length === 0) return false
  const known = /^(?:scatter|bar|pie|heatmap|contour|histogram|box|violin|surface|mesh|sunburst|treemap|icicle|sankey|table|indicator|funnel|waterfall|candlestick|ohlc|par|splom|choropleth|carpet|cone|image|isosurface|streamtube|volume|density)/
  return value.data.every((trace: unknown) => typeof trace === 'object' && trace !== null && !Array.isArray(trace)
    && ('type' in trace ? typeof trace.type === 'string' && known.test(trace.type) : 'layout' in value && ('x' in trace || 'y' in trace)))
}

const escaped = (text: string): string => text.replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')

/** A page for the sandbox that draws a figure with the library given as text. */
export const figurePage = (figure: string, library: string): string =>
  `<!doctype html><meta charset="utf-8"><style>html,body,#f{margin:0;height:100%}</style><div id="f"></div><script>${inlined(library)}</script><script>var f=${escaped(figure)};Plotly.newPlot('f',f.data,Object.assign({},f.layout,{autosize:true,width:undefined,height:undefined}),{responsive:true,displaylogo:false})</script>`

const inlined = (script: string): string => script.replaceAll('</script', '<\\/script')

const remote = /<script\b[^>]*\bsrc\s*=\s*["'][^"']*\bplotly[^"']*\.js["'][^>]*>\s*<\/script>/gi

/** Whether a page wants Plotly from the network, which the sandbox does not reach. */
export const wantsPlotly = (html: string): boolean => html.search(remote) >= 0

export const withPlotly = (html: string, library: string): string => {
  let given = false
  return html.replace(remote, () => {
    if (given) return ''
    given = true
    return `<script>${inlined(library)}</script>`
  })
}
