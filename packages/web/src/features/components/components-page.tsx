import { useState, type ReactNode } from 'react'
import { useTitle } from '../../app/title.ts'
import { Button, CopyButton, IconButton } from '../../ui/button.tsx'
import { Chip, Skeleton } from '../../ui/chip.tsx'
import { Combobox } from '../../ui/over.ts'
import { Dialog } from '../../ui/over.ts'
import { Popover } from '../../ui/popover.tsx'
import { Checkbox, SearchField, Select, TextField } from '../../ui/field.tsx'
import { Icon, iconNames } from '../../ui/icon.tsx'
import { Menu } from '../../ui/menu.tsx'
import { looks } from '../../ui/looks.ts'
import { Swatch } from '../../ui/palette.tsx'
import { Empty, Failure, Status, Time } from '../../ui/parts.tsx'
import { SplitPane } from '../../ui/split-pane.tsx'
import { Tabs } from '../../ui/tabs.tsx'
import { toast } from '../../ui/toast.tsx'
import { VirtualList } from '../../ui/virtual-list.tsx'
import './components.css'

const colours = ['bg', 'bg-raised', 'bg-hover', 'bg-selected', 'line', 'line-strong', 'text', 'text-soft', 'accent', 'good', 'warn', 'bad'] as const
const fruits = ['apple', 'banana', 'cherry', 'damson', 'elderberry']

/** Every component in every state, for whoever builds with them or looks at a change of their style. */
export function ComponentsPage(): ReactNode {
  const [dialog, setDialog] = useState(false)
  const [text, setText] = useState('')
  const [fruit, setFruit] = useState('apple')
  const [checked, setChecked] = useState(true)
  const [part, setPart] = useState(0.4)
  useTitle('Components')
  return (
    <div className="gallery">
      <div className="head"><h1>Components</h1></div>
      <Part title="Colours"><div className="colours">{colours.map((name) => <div key={name}><span style={{ background: `var(--${name})` }} />{name}</div>)}</div></Part>
      <Part title="Lines of runs">{looks.map((look, index) => <span key={index} className="look"><Swatch look={look} />{index + 1}</span>)}</Part>
      <Part title="Type"><p className="t5">Heading of a page</p><p className="t4">Heading of a dialog</p><p>Text, and <code>code</code></p><p className="t2 soft">A note</p></Part>
      <Part title="Buttons">
        <Button kind="primary" icon="check">Primary</Button><Button icon="plus">Plain</Button><Button kind="danger" icon="trash">Danger</Button><Button kind="quiet">Quiet</Button>
        <Button disabled>Disabled</Button><Button size="small" icon="filter">Small</Button><IconButton icon="pin" label="Pin" shortcut="p" /><IconButton icon="eye" label="Show" pressed /><CopyButton text="copied" />
      </Part>
      <Part title="Fields">
        <TextField label="Name" showLabel defaultValue="churn" /><TextField label="Wrong" showLabel defaultValue="a/b" error="A name has no slash." /><SearchField label="Find" placeholder="Find by name" value={text} onChange={setText} />
        <Select label="Fruit" value={fruit} options={fruits.map((name) => [name, name] as const)} onChange={setFruit} />
        <Combobox label="Take a fruit" placeholder="Type to choose" value={text} onChange={setText} onTake={setText} options={fruits.filter((name) => name.includes(text)).map((value) => ({ value, note: `${value.length} letters` }))} />
        <Checkbox label="Checked" checked={checked} onChange={setChecked} /><Checkbox label="Some" mixed checked={false} onChange={() => {}} />
      </Part>
      <Part title="Over the page">
        <Menu label="Actions" button={<Button icon="more">Menu</Button>} entries={[{ label: 'Rename', icon: 'edit', shortcut: 'F2', act: () => toast({ text: 'Renamed', action: { label: 'Undo', act: () => toast({ text: 'Undone' }) } }) }, { label: 'Shown', checked, act: () => setChecked(!checked) }, { label: 'Not now', disabled: true }, 'line', { label: 'Delete', icon: 'trash', danger: true, act: () => toast({ text: 'It could not be deleted.', kind: 'bad' }) }]} />
        <Popover label="Settings" button={<Button icon="columns">Popover</Button>}><p>Anything can stand here.</p></Popover>
        <Button onClick={() => setDialog(true)}>Dialog</Button>
        {dialog && <Dialog title="Delete 3 runs?" onClose={() => setDialog(false)} actions={<><Button onClick={() => setDialog(false)}>Cancel</Button><Button kind="danger" onClick={() => setDialog(false)}>Delete</Button></>}><p>They can be restored.</p></Dialog>}
      </Part>
      <Part title="Tags, states and times"><Chip name="team" value="retention" /><Chip name="gpu" /><Chip name="stage" value="exploration" onRemove={() => {}} /><Status status="RUNNING" /><Status status="FINISHED" /><Status status="FAILED" /><Time ms={Date.now() - 90_000} /></Part>
      <Part title="Parts of a panel"><Tabs label="Parts" tabs={[{ id: 'one', label: 'One', content: <p>The first part.</p> }, { id: 'two', label: 'Two', content: <p>The second part.</p> }]} /></Part>
      <Part title="Nothing, broken, not there yet"><Empty title="No run matches this filter." code="mlflow.set_tracking_uri(&quot;$URL&quot;)" /><Failure error="The server did not answer." retry={() => {}} /><Skeleton width={180} /><Skeleton width={90} /></Part>
      <Part title="Panes"><div className="gallery-box"><SplitPane label="Share of the left pane" part={part} onMove={setPart} left={<p className="pad">Left</p>} right={<p className="pad">Right</p>} /></div></Part>
      <Part title="A list of 100,000"><div className="gallery-box"><VirtualList label="Numbers" count={100_000} row={28} item={(index) => <span className="pad">Row {index + 1}</span>} /></div></Part>
      <Part title="Icons">{iconNames.map((name) => <span key={name} className="look"><Icon name={name} />{name}</span>)}</Part>
    </div>
  )
}

const Part = ({ title, children }: { title: string; children: ReactNode }): ReactNode => <section className="gallery-part"><h2>{title}</h2><div>{children}</div></section>
