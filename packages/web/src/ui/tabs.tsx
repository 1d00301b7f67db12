import { Tab, TabList, TabPanel, TabProvider } from '@ariakit/react'
import type { ReactNode } from 'react'

export interface TabsProps {
  readonly label: string
  readonly tabs: readonly { readonly id: string; readonly label: string; readonly content: ReactNode }[]
  readonly selected?: string
  onSelect?(id: string): void
}

/** Parts of one panel. Parts of a page have addresses: use links in `nav.tabs` there. */
export function Tabs({ label, tabs, selected, onSelect }: TabsProps): ReactNode {
  return (
    <TabProvider {...(selected !== undefined && { selectedId: selected })} setSelectedId={(id) => { if (id) onSelect?.(id) }}>
      <TabList className="tab-list" aria-label={label}>{tabs.map((tab) => <Tab key={tab.id} id={tab.id} className="tab">{tab.label}</Tab>)}</TabList>
      {tabs.map((tab) => <TabPanel key={tab.id} tabId={tab.id} className="tab-panel" unmountOnHide>{tab.content}</TabPanel>)}
    </TabProvider>
  )
}
