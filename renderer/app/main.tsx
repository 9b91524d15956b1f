import '../look/fonts.css'
import '../look/tokens.css'
import '../look/base.css'
import '../look/controls.css'
import '../look/conversation.css'
import '../look/footer.css'
import '../look/strips.css'
import '../look/onboarding.css'
import '../look/settings.css'
import '../look/personas.css'
import { CSPProvider } from '@base-ui/react/csp-provider'
import { createRoot } from 'react-dom/client'
import { I18nextProvider } from 'react-i18next'
import { formatTime } from '../i18n/format.ts'
import { createTexts } from '../i18n/index.ts'
import { App } from './app.tsx'
import { setUpPage } from './page.ts'
import { AppStore } from './store.ts'
import { StoreContext } from './use-store.ts'

const store = new AppStore({ bridge: window.parley })
const texts = createTexts(navigator.language.startsWith('de') ? 'de' : 'en')
setUpPage({ store, texts })
store.connect()

const root = document.getElementById('root')
if (root === null) throw new Error('index.html has no #root')
createRoot(root).render(
  <CSPProvider disableStyleElements>
    <I18nextProvider i18n={texts}>
      <StoreContext value={store}>
        <App />
      </StoreContext>
    </I18nextProvider>
  </CSPProvider>,
)

// Made while main answers: the first of these takes the engine several milliseconds.
formatTime(0, texts.language)
