import { useEffect, useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { formatClock, formatCount, formatMoney } from '../../i18n/format.ts'
import { useEndpointName } from '../endpoint-name.ts'
import { useApp } from '../use-store.ts'

/** Clock and money, or tokens where prices are not known; while no conversation runs, with whom one would be. */
export function Figures(): ReactNode {
  const startedAt = useApp((s) => s.voice.startedAt)
  const tokens = useApp((s) => s.voice.tokens)
  const costUsd = useApp((s) => s.voice.costUsd)
  const active = useApp((s) => s.voice.active)
  const endpoint = useEndpointName()
  const { t, i18n } = useTranslation()
  return (
    <div className="figures">
      {!active && endpoint !== null && <span className="figures-endpoint">{endpoint}</span>}
      {startedAt !== null && <Clock startedAt={startedAt} />}
      {costUsd !== null && <span className="cost">{formatMoney(costUsd, i18n.language)}</span>}
      {tokens !== null && costUsd === null && (
        <span className="tokens">{t('footer.tokens', { count: tokens, number: formatCount(tokens, i18n.language) })}</span>
      )}
    </div>
  )
}

/** Ticks when a second of the conversation is full. `startedAt` in Unix ms. */
function Clock(props: { startedAt: number }): ReactNode {
  const { startedAt } = props
  const { t } = useTranslation()
  const [now, setNow] = useState(() => Date.now())

  useEffect(() => {
    let timer = 0
    function tick(): void {
      const time = Date.now()
      setNow(time)
      timer = window.setTimeout(tick, 1000 - ((((time - startedAt) % 1000) + 1000) % 1000))
    }
    tick()
    return () => clearTimeout(timer)
  }, [startedAt])

  return (
    <span className="clock" role="timer" aria-label={t('footer.clock')} aria-live="off">
      {formatClock(now - startedAt)}
    </span>
  )
}
