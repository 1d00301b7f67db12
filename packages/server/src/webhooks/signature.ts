import { createHmac } from 'node:crypto'

/**
 * The headers of a call, as MLflow sends them (the scheme of standardwebhooks.com under its own
 * names): the signature is HMAC-SHA256 over `id.timestamp.body`.
 */
export function deliveryHeaders(delivery: { id: string; body: string; secret: string | undefined; now: number }): Record<string, string> {
  const timestamp = String(Math.floor(delivery.now / 1000))
  return {
    'content-type': 'application/json',
    'x-mlflow-delivery-id': delivery.id,
    'x-mlflow-timestamp': timestamp,
    ...(delivery.secret && { 'x-mlflow-signature': `v1,${createHmac('sha256', delivery.secret).update(`${delivery.id}.${timestamp}.${delivery.body}`).digest('base64')}` }),
  }
}
