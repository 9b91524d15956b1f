import type { ComponentProps, ReactNode } from 'react'

/** `plain` is outlined, `strong` the one thing to do, `link` a step inside a sentence. */
export type ButtonLook = 'plain' | 'strong' | 'link'

/** A button with words on it. */
export function Button(props: ComponentProps<'button'> & { look?: ButtonLook }): ReactNode {
  const { look = 'plain', className, ...rest } = props
  return <button type="button" className={`button button-${look}${className === undefined ? '' : ` ${className}`}`} {...rest} />
}
