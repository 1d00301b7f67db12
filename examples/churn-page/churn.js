/** Asks the churn endpoint from the browser: MLflow's scoring protocol, one request for every contract at once. */
const form = document.getElementById('customer')
const address = document.getElementById('endpoint')
const verdict = document.getElementById('verdict')
const contracts = document.getElementById('contracts')
const facts = document.getElementById('facts')

address.value = new URLSearchParams(location.search).get('endpoint') ?? address.value

/** What the model wants to know of a customer; what the form does not ask is what most customers have. */
function customer() {
  const values = new FormData(form)
  const [tenure, monthly] = [Number(values.get('tenure')), Number(values.get('monthly_charges'))]
  const internet = values.get('internet_service')
  const service = (has) => (internet === 'No' ? 'No internet service' : has ? 'Yes' : 'No')
  return {
    female: 0, senior_citizen: values.has('senior_citizen') ? 1 : 0, partner: 0, dependents: 0, tenure, phone_service: 1, multiple_lines: 'No',
    internet_service: internet, online_security: service(false), online_backup: service(false), device_protection: service(false), tech_support: service(values.has('tech_support')),
    streaming_tv: service(false), streaming_movies: service(false), contract: values.get('contract'), paperless_billing: 1,
    payment_method: values.get('payment_method'), monthly_charges: monthly, total_charges: tenure * monthly,
  }
}

const words = (leaves) => (leaves === 1 ? ['Likely to leave', 'leaves'] : ['Likely to stay', 'stays'])
const all = [...form.elements.contract.options].map(({ value }) => value)

function show(element, text, kind) {
  element.textContent = text
  element.className = kind
}

let asked = new AbortController()

async function ask() {
  // Only the last question counts.
  asked.abort()
  asked = new AbortController()
  const { signal } = asked
  document.getElementById('months').textContent = form.elements.tenure.value
  if (!form.reportValidity()) return
  const chosen = customer()
  const began = performance.now()
  try {
    const response = await fetch(`${address.value.replace(/\/$/, '')}/invocations`, {
      method: 'POST', headers: { 'content-type': 'application/json' }, signal,
      body: JSON.stringify({ dataframe_records: all.map((contract) => ({ ...chosen, contract })) }),
    })
    const body = await response.json()
    if (!response.ok) throw new Error(body.message)
    const { predictions } = body
    show(verdict, ...words(predictions[all.indexOf(chosen.contract)]))
    contracts.replaceChildren(...all.map((contract, at) => {
      const item = document.createElement('li')
      const [text, kind] = words(predictions[at])
      show(item, `${contract}: ${text.toLowerCase()}`, kind)
      return item
    }))
    facts.textContent = `${response.headers.get('x-model-name')}${response.headers.has('x-model-version') ? ` version ${response.headers.get('x-model-version')}` : ''}, ${Math.round(performance.now() - began)} ms`
  } catch (error) {
    if (signal.aborted) return
    contracts.replaceChildren()
    facts.textContent = ''
    // A browser does not tell a page why it was refused.
    show(verdict, error instanceof TypeError ? `Nothing answers at ${address.value}, or it does not allow this page: cairn models serve … --cors-origin ${location.origin}` : error.message, 'leaves')
  }
}

form.addEventListener('input', ask)
form.addEventListener('submit', (event) => event.preventDefault())
address.addEventListener('change', ask)
ask()
