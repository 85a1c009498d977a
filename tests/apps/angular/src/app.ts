import { AsyncPipe } from '@angular/common';
import { HttpClient, provideHttpClient } from '@angular/common/http';
import {
  type ApplicationConfig,
  Component,
  inject,
  provideZonelessChangeDetection,
  signal,
} from '@angular/core';
import { provideClientHydration, withEventReplay } from '@angular/platform-browser';
import { RouterLink, RouterOutlet, provideRouter } from '@angular/router';

interface Place {
  here: string;
}

@Component({
  imports: [AsyncPipe],
  template: `
    <h1>Home</h1>
    <p id="here">{{ (place | async)?.here }}</p>
    <button id="counter" (click)="count.set(count() + 1)">{{ count() }}</button>
  `,
})
class Home {
  count = signal(0);
  place = inject(HttpClient).get<Place>('/api/place');
}

@Component({ template: '<h1>About</h1>' })
class About {}

@Component({
  selector: 'app-root',
  imports: [RouterLink, RouterOutlet],
  template: `
    <nav><a routerLink="/">Home</a> <a routerLink="/about">About</a></nav>
    <router-outlet />
  `,
})
export class App {}

export const config: ApplicationConfig = {
  providers: [
    provideZonelessChangeDetection(),
    provideRouter([{ path: '', component: Home }, { path: 'about', component: About }]),
    provideHttpClient(),
    provideClientHydration(withEventReplay()),
  ],
};
