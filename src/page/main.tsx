// The page of a clusterset: begins to follow the fleet and draws what it knows.
import { render } from 'preact'
import { follow } from './live/store.ts'
import { App } from './view/app.tsx'

void follow()
render(<App />, document.body)
