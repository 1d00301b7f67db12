import type { Pen } from './pen.ts'

/** Marks of points, told apart by their outline where colours are used up or cannot be seen. */
export const shapes = ['circle', 'square', 'diamond', 'triangle', 'down'] as const
export type Shape = (typeof shapes)[number]

/** Adds the outline to the path; all shapes cover about the same area. */
export function addShape(pen: Pen, shape: Shape, x: number, y: number, radius: number): void {
  switch (shape) {
    case 'circle':
      pen.moveTo(x + radius, y)
      pen.arc(x, y, radius, 0, 2 * Math.PI)
      return
    case 'square': {
      const half = radius * 0.89
      pen.rect(x - half, y - half, 2 * half, 2 * half)
      return
    }
    case 'diamond': return polygon(pen, [[x, y - radius * 1.25], [x + radius * 1.25, y], [x, y + radius * 1.25], [x - radius * 1.25, y]])
    case 'triangle': return polygon(pen, [[x, y - radius * 1.4], [x + radius * 1.25, y + radius * 0.8], [x - radius * 1.25, y + radius * 0.8]])
    case 'down': return polygon(pen, [[x, y + radius * 1.4], [x + radius * 1.25, y - radius * 0.8], [x - radius * 1.25, y - radius * 0.8]])
  }
}

function polygon(pen: Pen, corners: readonly (readonly [number, number])[]): void {
  for (const [at, [x, y]] of corners.entries()) (at === 0 ? pen.moveTo : pen.lineTo).call(pen, x, y)
  pen.closePath()
}
