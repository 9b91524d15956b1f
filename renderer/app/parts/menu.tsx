import { Menu as BaseMenu } from '@base-ui/react/menu'
import { Check } from 'lucide-react'
import type { ReactElement, ReactNode } from 'react'

/** A menu under its button: arrow keys, first letters and Escape as on every desktop. `trigger` is the button. */
export function Menu(props: { trigger: ReactElement; align?: 'start' | 'end'; children: ReactNode }): ReactNode {
  return (
    <BaseMenu.Root>
      {props.trigger}
      <BaseMenu.Portal>
        <BaseMenu.Positioner className="menu-place" side="bottom" align={props.align ?? 'start'} sideOffset={4} collisionPadding={8}>
          <BaseMenu.Popup className="menu">{props.children}</BaseMenu.Popup>
        </BaseMenu.Positioner>
      </BaseMenu.Portal>
    </BaseMenu.Root>
  )
}

/** One of several of which one holds. */
export function MenuChoices(props: { label: string; value: string; onChange: (value: string) => void; choices: readonly { value: string; label: string }[] }): ReactNode {
  return (
    <BaseMenu.RadioGroup aria-label={props.label} value={props.value} onValueChange={(value: unknown) => props.onChange(String(value))}>
      {props.choices.map(({ value, label }) => (
        <BaseMenu.RadioItem key={value} value={value} className="menu-item" closeOnClick>
          <span className="menu-mark" aria-hidden="true">
            <BaseMenu.RadioItemIndicator>
              <Check />
            </BaseMenu.RadioItemIndicator>
          </span>
          <span className="menu-label">{label}</span>
        </BaseMenu.RadioItem>
      ))}
    </BaseMenu.RadioGroup>
  )
}

/** Something to do. */
export function MenuAct(props: { label: string; onAct: () => void }): ReactNode {
  return (
    <BaseMenu.Item className="menu-item" onClick={props.onAct}>
      <span className="menu-label">{props.label}</span>
    </BaseMenu.Item>
  )
}

/** A line between what belongs together. */
export function MenuLine(): ReactNode {
  return <BaseMenu.Separator className="menu-line" />
}
