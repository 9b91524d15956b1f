import { Tooltip } from '@base-ui/react/tooltip'
import type { ReactNode } from 'react'

/** A quiet button that is only an icon; its name shows on hover and focus, with `hint` below it. */
export function IconButton(props: {
  name: string
  hint?: string
  icon: ReactNode
  onClick: () => void
  className?: string
}): ReactNode {
  return (
    <Tooltip.Root>
      <Tooltip.Trigger
        type="button"
        className={`icon-button${props.className === undefined ? '' : ` ${props.className}`}`}
        aria-label={props.name}
        aria-description={props.hint}
        onClick={props.onClick}
      >
        {props.icon}
      </Tooltip.Trigger>
      <Tooltip.Portal>
        <Tooltip.Positioner side="top" sideOffset={8} className="tooltip-place">
          <Tooltip.Popup className="tooltip">
            {props.name}
            {props.hint !== undefined && <span className="tooltip-hint">{props.hint}</span>}
          </Tooltip.Popup>
        </Tooltip.Positioner>
      </Tooltip.Portal>
    </Tooltip.Root>
  )
}
