import type { Display, Point, Rectangle, Size } from 'electron'

/** The part of a display that placing looks at; lengths in DIP. */
export type Screen = Pick<Display, 'id' | 'workArea'>

/** A place on a display as shares of the room that is left: 0 = left or top edge, 1 = right or bottom edge. It keeps its sense when the display changes its size. */
export interface Place {
  x: number
  y: number
}

/** At least so much of a window must be on some display, DIP, or it is brought back. */
const GRIP = 60

/** Where something of a size stands at a place of an area. */
export function at(place: Place, area: Rectangle, size: Size): Rectangle {
  const room = { x: Math.max(0, area.width - size.width), y: Math.max(0, area.height - size.height) }
  return inside({ x: area.x + Math.round(clamp(place.x) * room.x), y: area.y + Math.round(clamp(place.y) * room.y), ...size }, area)
}

/** The place of a rectangle in an area: the inverse of {@link at}. */
export function placeOf(rectangle: Rectangle, area: Rectangle): Place {
  const share = (offset: number, room: number): number => (room <= 0 ? 0 : clamp(offset / room))
  return { x: share(rectangle.x - area.x, area.width - rectangle.width), y: share(rectangle.y - area.y, area.height - rectangle.height) }
}

/** The rectangle moved, and where it is larger than the area made smaller, so that all of it is inside. */
export function inside(rectangle: Rectangle, area: Rectangle): Rectangle {
  const width = Math.min(rectangle.width, area.width)
  const height = Math.min(rectangle.height, area.height)
  return {
    x: Math.min(Math.max(rectangle.x, area.x), area.x + area.width - width),
    y: Math.min(Math.max(rectangle.y, area.y), area.y + area.height - height),
    width,
    height,
  }
}

/** The display under a point, else the nearest one; null when there is none at all. */
export function screenAt<S extends Screen>(point: Point, screens: readonly S[]): S | null {
  let best: S | null = null
  let least = Infinity
  for (const screen of screens) {
    const { x, y, width, height } = screen.workArea
    const dx = Math.max(x - point.x, 0, point.x - (x + width))
    const dy = Math.max(y - point.y, 0, point.y - (y + height))
    const distance = dx * dx + dy * dy
    if (distance < least) {
      least = distance
      best = screen
    }
  }
  return best
}

/** The middle of a rectangle. */
export function middleOf({ x, y, width, height }: Rectangle): Point {
  return { x: x + width / 2, y: y + height / 2 }
}

/**
 * Remembered bounds of a window, brought back onto the displays there are now: unchanged where its
 * title can be gripped, moved wholly onto the nearest display where it cannot.
 */
export function restored(bounds: Rectangle, screens: readonly Screen[]): Rectangle | null {
  const gripped = screens.some(({ workArea }) => {
    const across = Math.min(bounds.x + bounds.width, workArea.x + workArea.width) - Math.max(bounds.x, workArea.x)
    return across >= GRIP && bounds.y >= workArea.y && bounds.y <= workArea.y + workArea.height - GRIP
  })
  if (gripped) return bounds
  const screen = screenAt(middleOf(bounds), screens)
  return screen === null ? null : inside(bounds, screen.workArea)
}

function clamp(share: number): number {
  return Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0
}
