import { createRouter, createWebHistory } from 'vue-router'
import { useSession } from './stores/session'

/** Routes. `title` is a text's key; `role` hides a page from the menu of those to whom the API refuses it anyway. */
export const router = createRouter({
  history: createWebHistory(),
  routes: [
    { path: '/login', component: () => import('./pages/LoginPage.vue'), meta: { open: true, title: 'login.title' } },
    {
      path: '/',
      component: () => import('./layout/AppLayout.vue'),
      children: [
        { path: '', component: () => import('./pages/WorkbenchPage.vue'), meta: { title: 'nav.workbench' } },
        { path: 'new', component: () => import('./pages/NewPage.vue'), meta: { title: 'create.title' } },
        { path: 'tickets/:number', component: () => import('./pages/TicketPage.vue'), props: true },
        { path: 'tickets/:number/edit', component: () => import('./pages/EditPage.vue'), props: true, meta: { title: 'edit.title' } },
        { path: 'notices', component: () => import('./pages/NoticesPage.vue'), meta: { title: 'notices.title' } },
        { path: 'standins', component: () => import('./pages/StandInsPage.vue'), meta: { title: 'standins.title' } },
        { path: 'audit', component: () => import('./pages/AuditPage.vue'), meta: { title: 'audit.title' } },
        { path: 'templates', component: () => import('./pages/TemplatesPage.vue'), meta: { title: 'templates.title' } },
        { path: ':rest(.*)*', component: () => import('./pages/NotFoundPage.vue'), meta: { title: 'problem.notFound' } },
      ],
    },
  ],
  scrollBehavior: (_to, _from, saved) => saved ?? { top: 0 },
})

router.beforeEach(async (to) => {
  const session = useSession()
  if (to.meta.open || session.me) return true
  return (await session.load()) || { path: '/login', query: to.fullPath === '/' ? {} : { next: to.fullPath } }
})
