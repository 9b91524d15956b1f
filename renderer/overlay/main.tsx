import '../look/fonts.css'
import '../look/tokens.css'
import '../look/base.css'
import '../look/controls.css'
import '../look/footer.css'
import '../look/overlay.css'
import { createRoot } from 'react-dom/client'
import { I18nextProvider } from 'react-i18next'
import { setUpPage } from '../app/page.ts'
import { AppStore } from '../app/store.ts'
import { StoreContext } from '../app/use-store.ts'
import { createTexts } from '../i18n/index.ts'
import { Overlay } from './overlay.tsx'

const store = new AppStore({ bridge: window.parley })
const texts = createTexts(navigator.language.startsWith('de') ? 'de' : 'en')
setUpPage({ store, texts })
store.connect()

const root = document.getElementById('root')
if (root === null) throw new Error('overlay.html has no #root')
createRoot(root).render(
  <I18nextProvider i18n={texts}>
    <StoreContext value={store}>
      <Overlay />
    </StoreContext>
  </I18nextProvider>,
)
